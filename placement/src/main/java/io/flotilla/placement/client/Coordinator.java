package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.Applied;
import io.vertx.core.Future;

/// Runs commands over several groups, at the leader of the root group. On the loop.
@FunctionalInterface
public interface Coordinator {
  /// Runs a put, delete_range, txn or lease_revoke in one revision, whichever groups it concerns.
  ///
  /// The answer's result is what a single group would have said; its index is that of the root
  /// group's entry that decided. Fails with a [io.flotilla.base.RejectedException]: `NoLeader`,
  /// `NotLeader`, `TimedOut`, `TooManyRequests`, `RequestTooLarge` and `Stopped` say that it had
  /// and will have no effect; `OutcomeUnknown` that it may have one.
  ///
  /// @param command with a request id it runs once, however often and wherever it is asked for
  Future<Applied> run(Command command, long deadlineNanos);

  /// Of a node that knows no shard groups.
  Coordinator NONE =
      (_, _) -> Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
}
