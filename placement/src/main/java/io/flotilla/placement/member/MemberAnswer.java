package io.flotilla.placement.member;

import io.flotilla.base.NodeId;
import java.util.List;

/// What became of a [MemberRequest].
public sealed interface MemberAnswer {
  /// It took effect.
  ///
  /// @param member the one it was about; for an added one its new id
  /// @param members all of them afterwards, by id
  record Changed(NodeId member, List<Member> members) implements MemberAnswer {
    public Changed {
      members = List.copyOf(members);
    }
  }

  /// It was not allowed; nothing changed.
  record Refused(MemberFault fault) implements MemberAnswer {}
}
