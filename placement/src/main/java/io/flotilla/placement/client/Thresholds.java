package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Those who wait until a number that only grows has reached theirs. Belongs to the loop. How many
/// there are is bounded by whoever lets them in.
final class Thresholds {
  private static final long LOOK_MILLIS = 10;

  private record Waiting(long number, long order, long deadlineNanos, Promise<Void> promise) {}

  private final Clock clock;
  private final Scheduler loop;
  private final LongSupplier reached;
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(
          Comparator.comparingLong(Waiting::number).thenComparingLong(Waiting::order));
  private long lastOrder;
  private Scheduler.@Nullable Cancellable timer;
  // why nobody may wait any more; null while somebody may
  private @Nullable Rejection ended;

  /// @param reached the number now
  Thresholds(Clock clock, Scheduler loop, LongSupplier reached) {
    this.clock = clock;
    this.loop = loop;
    this.reached = reached;
  }

  /// Completes when the number is at least `number`; fails as timed out at the deadline.
  Future<Void> await(long number, long deadlineNanos) {
    if (reached.getAsLong() >= number) {
      return Future.succeededFuture();
    }
    if (ended != null) {
      return Future.failedFuture(ended.asException());
    }
    Promise<Void> promise = Promise.promise();
    waiting.add(new Waiting(number, ++lastOrder, deadlineNanos, promise));
    arm();
    return promise.future();
  }

  boolean isIdle() {
    return waiting.isEmpty();
  }

  /// The number may have grown. Those who are told may come back at once, so all are taken out
  /// first.
  void look() {
    if (waiting.isEmpty()) {
      return;
    }
    long now = reached.getAsLong();
    List<Waiting> done = new ArrayList<>();
    while (!waiting.isEmpty() && waiting.peek().number() <= now) {
      done.add(waiting.remove());
    }
    done.forEach(one -> one.promise().complete());
  }

  private void arm() {
    if (timer == null) {
      timer = loop.after(LOOK_MILLIS, this::onTimer);
    }
  }

  private void onTimer() {
    timer = null;
    look();
    long nowNanos = clock.nanoTime();
    List<Waiting> late = new ArrayList<>();
    waiting.removeIf(one -> nowNanos - one.deadlineNanos() >= 0 && late.add(one));
    late.forEach(one -> one.promise().fail(new Rejection.TimedOut().asException()));
    if (!waiting.isEmpty() && ended == null) {
      arm();
    }
  }

  /// Ends what waits.
  void giveUp(Rejection why) {
    List<Waiting> rest = List.copyOf(waiting);
    waiting.clear();
    rest.forEach(one -> one.promise().fail(why.asException()));
  }

  /// Ends what waits, and what comes from now on.
  void stop(Rejection why) {
    ended = why;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    giveUp(why);
  }
}
