package io.flotilla.raft.host;

import io.flotilla.base.NodeId;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/// The stop of a host in good order, looked after at the end of each turn.
final class HostStop {
  private final RaftHost host;
  private final long deadlineNanos;
  private final Promise<Void> promise = Promise.promise();
  private boolean closing;
  private int open;

  HostStop(RaftHost host, long deadlineNanos) {
    this.host = host;
    this.deadlineNanos = deadlineNanos;
  }

  Future<Void> future() {
    return promise.future();
  }

  /// Hands over what this node leads; nothing new is taken from now on.
  void begin() {
    for (Replica replica : host.replicas()) {
      replica.refuseNew();
      GroupStatus status = replica.status();
      for (NodeId voter : status.membership().voters()) {
        if (status.isLeader() && replica.transferTo(voter)) {
          break;
        }
      }
    }
  }

  /// Goes on when everything in flight is done, or the time is up.
  void look(long nowNanos) {
    if (closing) {
      return;
    }
    boolean late = nowNanos - deadlineNanos >= 0;
    if (late || host.replicas().stream().allMatch(HostStop::mayClose)) {
      closing = true;
      open = host.replicas().size();
      host.replicas().forEach(replica -> replica.close(this::onClosed));
      if (open == 0) {
        end();
      }
    }
  }

  private static boolean mayClose(Replica replica) {
    GroupStatus status = replica.status();
    boolean handsOver = status.isLeader() && status.membership().voters().size() > 1;
    return replica.isDrained() && !handsOver;
  }

  private void onClosed() {
    open--;
    if (open == 0) {
      end();
    }
  }

  private void end() {
    host.onStopped();
    promise.complete();
  }
}
