package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.vertx.core.Future;

/// Answers one kind of calls of other nodes. On the loop; what it throws is unexpected and goes on
/// up.
@FunctionalInterface
public interface CallHandler {
  /// The future may complete on the loop only. One that fails with a
  /// [io.flotilla.base.RejectedException] refuses the call; any other failure is answered with an
  /// unknown outcome.
  ///
  /// @param deadlineNanos when the asker stops waiting, on this node's clock
  Future<Reply.Builder> handle(NodeId from, Call call, long deadlineNanos);
}
