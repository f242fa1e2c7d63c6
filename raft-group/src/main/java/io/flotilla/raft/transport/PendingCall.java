package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Comparator;

/// A call to another node that is not answered yet.
final class PendingCall {
  /// The one that runs out first is first.
  static final Comparator<PendingCall> BY_DEADLINE =
      (a, b) -> {
        int byTime = Long.compare(a.deadlineNanos - b.deadlineNanos, 0);
        return byTime != 0 ? byTime : Long.compare(a.call.getId(), b.call.getId());
      };

  private final CallTable table;
  private final NodeId to;
  private final Call call;
  private final long deadlineNanos;
  private final Promise<Reply> promise = Promise.promise();
  private boolean left;
  private boolean done;

  PendingCall(CallTable table, NodeId to, Call call, long deadlineNanos) {
    this.table = table;
    this.to = to;
    this.call = call;
    this.deadlineNanos = deadlineNanos;
  }

  NodeId to() {
    return to;
  }

  Call call() {
    return call;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  Future<Reply> future() {
    return promise.future();
  }

  boolean isDone() {
    return done;
  }

  /// It was handed to the connection: the other node may do what it asks.
  void left() {
    left = true;
  }

  /// The connection did not take it.
  void didNotLeave() {
    table.end(this, new Rejection.NoLeader());
  }

  /// Why there is no answer, if it ends now.
  ///
  /// @param neverLeft why, if the other node cannot know of it
  Rejection lost(Rejection neverLeft) {
    return left ? new Rejection.OutcomeUnknown() : neverLeft;
  }

  /// Only the table ends a call.
  void fail(Rejection why) {
    done = true;
    promise.fail(why.asException());
  }

  /// As [#fail].
  void answer(Reply reply) {
    done = true;
    var refused = reply.getRefused();
    if (reply.hasRefused() && refused.getCode() < RejectionCodec.OTHER_CODES) {
      promise.fail(RejectionCodec.decode(refused).asException());
    } else {
      promise.complete(reply);
    }
  }
}
