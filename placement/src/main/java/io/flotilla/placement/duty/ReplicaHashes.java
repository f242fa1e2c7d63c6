package io.flotilla.placement.duty;

import io.flotilla.base.NodeId;
import io.vertx.core.Future;

/// Asks replicas of the group for the hash of their state. On the group's loop.
@FunctionalInterface
public interface ReplicaHashes {
  /// Fails when the member cannot be asked or does not hold that revision: with
  /// [io.flotilla.base.Rejection.FutureRevision] when it has not come so far yet.
  ///
  /// @param member this node's included
  /// @param revision 0 for the member's newest
  Future<ReplicaHash> hashOf(NodeId member, long revision, long deadlineNanos);
}
