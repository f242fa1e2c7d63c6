package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.raft.host.ReadMode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Linearizable points in the order of the whole cluster: the newest revision, and the last journal
/// item of each group. One question is under way per node; who comes meanwhile shares the next one.
/// Any thread.
///
/// Rejections: `TooManyRequests`, `TimedOut`, `Stopped`.
public final class Barriers {
  private static final long LOOK_MILLIS = 10;

  private record Waiting(long deadlineNanos, Promise<BarrierPoint> promise) {
    boolean isOpen() {
      return !promise.future().isComplete();
    }
  }

  private final GroupDoor root;
  private final Clock clock;
  private final Scheduler loop;
  private final Entrance entrance;
  private List<Waiting> gathered = new ArrayList<>();
  private List<Waiting> asking = List.of();
  private Scheduler.@Nullable Cancellable timer;
  private boolean stopped;

  /// @param root to the root group, wherever it is led
  public Barriers(GroupDoor root, AnywhereDoor.Ports ports, AnywhereDoor.Limits limits) {
    this.root = root;
    this.clock = ports.clock();
    this.loop = ports.loop();
    this.entrance = new Entrance(loop, ports.callers(), limits);
  }

  /// A point that is not before this call.
  public Future<BarrierPoint> take(long deadlineNanos) {
    return entrance.enter(0, () -> join(deadlineNanos));
  }

  private Future<BarrierPoint> join(long deadlineNanos) {
    if (stopped) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    var waiting = new Waiting(deadlineNanos, Promise.promise());
    gathered.add(waiting);
    if (asking.isEmpty()) {
      next();
    }
    if (waiting.isOpen()) {
      arm();
    }
    return waiting.promise().future();
  }

  private void next() {
    List<Waiting> round = gathered;
    gathered = new ArrayList<>();
    asking = round;
    long latest = round.getFirst().deadlineNanos();
    for (Waiting one : round) {
      latest = one.deadlineNanos() - latest > 0 ? one.deadlineNanos() : latest;
    }
    root.read(ReadMode.LINEARIZABLE, new RootQuery.Barrier(), latest)
        .onComplete(
            (point, failure) -> {
              asking = List.of();
              round.forEach(one -> answer(one, point, failure));
              if (!gathered.isEmpty() && asking.isEmpty()) {
                next();
              }
            });
  }

  private static void answer(Waiting one, BarrierPoint point, @Nullable Throwable failure) {
    if (failure == null) {
      one.promise().tryComplete(point);
    } else {
      one.promise().tryFail(failure);
    }
  }

  private void arm() {
    if (timer == null) {
      timer = loop.after(LOOK_MILLIS, this::onTimer);
    }
  }

  private void onTimer() {
    timer = null;
    long nowNanos = clock.nanoTime();
    expire(asking, nowNanos);
    expire(List.copyOf(gathered), nowNanos);
    gathered.removeIf(one -> !one.isOpen());
    if (!asking.isEmpty() || !gathered.isEmpty()) {
      arm();
    }
  }

  private static void expire(List<Waiting> waiting, long nowNanos) {
    for (Waiting one : waiting) {
      if (nowNanos - one.deadlineNanos() >= 0) {
        one.promise().tryFail(new Rejection.TimedOut().asException());
      }
    }
  }

  /// Ends what waits, and what comes from now on. On the loop.
  public void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    List<Waiting> rest = new ArrayList<>(asking);
    rest.addAll(gathered);
    gathered.clear();
    rest.forEach(one -> one.promise().tryFail(new Rejection.Stopped().asException()));
  }
}
