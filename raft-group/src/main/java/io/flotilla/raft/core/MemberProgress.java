package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.util.Comparator;

/// What a leader knows of one member of its group, itself included.
///
/// @param matchIndex highest index known to be durable there and equal to the leader's log
/// @param active whether it was heard since the leader last looked (about an election timeout ago)
public record MemberProgress(NodeId id, long matchIndex, boolean active) {
  /// Whom leadership is handed to first: a member that is there, with the longest log.
  public static final Comparator<MemberProgress> BY_FITNESS =
      Comparator.comparing(MemberProgress::active)
          .thenComparing(MemberProgress::matchIndex)
          .reversed()
          .thenComparing(MemberProgress::id);
}
