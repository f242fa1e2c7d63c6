package io.flotilla.raft.host;

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

  /// Nothing new is taken from now on.
  void begin() {
    host.replicas().forEach(Replica::refuseNew);
  }

  /// Hands over what this node leads. Goes on when others lead all its groups and everything in
  /// flight is done, or the time is up.
  void look(long nowNanos) {
    if (closing) {
      return;
    }
    boolean late = nowNanos - deadlineNanos >= 0;
    boolean ready = true;
    for (Replica replica : host.replicas()) {
      ready &= replica.handOver(nowNanos) && replica.isDrained();
    }
    if (late || ready) {
      closing = true;
      open = host.replicas().size() + host.retiring();
      host.replicas().forEach(replica -> replica.close(this::onClosed));
      if (open == 0) {
        end();
      }
    }
  }

  /// A replica was closed that was so before this stop closed any, or meanwhile.
  void onRetired() {
    if (closing) {
      onClosed();
    }
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
