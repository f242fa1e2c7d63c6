package io.flotilla.placement.member;

import io.flotilla.base.NodeId;
import java.util.List;

/// A change of the members, as asked for.
public sealed interface MemberRequest {
  /// A new member, which has not started.
  ///
  /// @param learner whether it is not to vote yet
  record Add(List<String> peerUrls, boolean learner) implements MemberRequest {
    public Add {
      peerUrls = List.copyOf(peerUrls);
    }
  }

  /// The member leaves for ever.
  record Remove(NodeId id) implements MemberRequest {}

  /// Other nodes reach the member elsewhere from now on.
  record Update(NodeId id, List<String> peerUrls) implements MemberRequest {
    public Update {
      peerUrls = List.copyOf(peerUrls);
    }
  }

  /// A learner votes from now on.
  record Promote(NodeId id) implements MemberRequest {}
}
