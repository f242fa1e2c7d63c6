package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Function;
import java.util.function.Supplier;

/// Takes what has no request id to the leader of a group: asked for again only while it certainly
/// had no effect, until the deadline. On the loop.
final class LeaderErrands {
  private static final long RETRY_MILLIS = 20;

  private final Clock clock;
  private final Scheduler loop;
  private boolean stopped;

  LeaderErrands(Clock clock, Scheduler loop) {
    this.clock = clock;
    this.loop = loop;
  }

  /// What is to be done at the leader.
  ///
  /// @param here while this node leads
  /// @param there at another node
  record Errand<T>(
      Leading group,
      Supplier<Future<T>> here,
      Function<NodeId, Future<T>> there,
      long deadlineNanos) {}

  /// Rejections: those of the errand; `TimedOut` when no leader was found in time: then it had and
  /// will have no effect.
  <T> Future<T> run(Errand<T> errand) {
    if (stopped || errand.group().isRemoved()) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    return attempt(errand).recover(failure -> again(failure, errand));
  }

  private <T> Future<T> attempt(Errand<T> errand) {
    Leading.Leader leader = errand.group().leader();
    if (leader.isHere()) {
      return errand.here().get();
    }
    errand.group().wake(); // a group that went quiet would not notice that its leader is gone
    return leader.node().equals(NodeId.NONE)
        ? Future.failedFuture(new Rejection.NoLeader().asException())
        : errand.there().apply(leader.node());
  }

  private <T> Future<T> again(Throwable failure, Errand<T> errand) {
    boolean notThere =
        failure instanceof RejectedException rejected
            && (rejected.rejection() instanceof Rejection.NoLeader
                || rejected.rejection() instanceof Rejection.NotLeader);
    if (!notThere) {
      return Future.failedFuture(failure);
    }
    if (clock.nanoTime() + RETRY_MILLIS * 1_000_000 - errand.deadlineNanos() >= 0) {
      return Future.failedFuture(new Rejection.TimedOut().asException());
    }
    Promise<T> promise = Promise.promise();
    loop.after(RETRY_MILLIS, () -> run(errand).onComplete(promise));
    return promise.future();
  }

  /// What waits ends at its next attempt; nothing is taken on from now on.
  void stop() {
    stopped = true;
  }
}
