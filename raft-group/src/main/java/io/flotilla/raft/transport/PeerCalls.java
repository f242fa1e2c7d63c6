package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.vertx.core.Future;

/// Asks other nodes to do something. On the loop; futures complete there.
public interface PeerCalls {
  /// Sends a call. Its id and its timeout are filled in here.
  ///
  /// The future fails with a [io.flotilla.base.RejectedException]:
  ///
  /// | rejection | means |
  /// |---|---|
  /// | `NoLeader` | there is no connection to the node, or it broke before the call left |
  /// | `TooManyRequests`, `RequestTooLarge`, `Stopped` | not sent |
  /// | `TimedOut` | the deadline passed before the call left |
  /// | `OutcomeUnknown` | the call left, and the deadline or the end of the connection came first |
  /// | any other | that node's answer |
  ///
  /// A reply whose [io.flotilla.proto.peer.Refused] has a code from [RejectionCodec#OTHER_CODES]
  /// on is not a rejection; the future succeeds with it.
  ///
  /// @param deadlineNanos on the node's clock
  Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos);
}
