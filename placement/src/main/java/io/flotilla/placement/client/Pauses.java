package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Those who pause before they ask again: until their time has come, or something changed, or their
/// deadline has passed. Belongs to the loop. How many there are is bounded by whoever lets them in.
final class Pauses {
  private static final long LOOK_MILLIS = 10;

  /// @param then told why it must not go on, or nothing
  private record Pausing(long untilNanos, long deadlineNanos, Consumer<@Nullable Rejection> then) {}

  private final Clock clock;
  private final Scheduler loop;
  // in the order of coming
  private List<Pausing> pausing = new ArrayList<>();
  private Scheduler.@Nullable Cancellable timer;
  // why nobody may go on any more; null while somebody may
  private @Nullable Rejection ended;

  Pauses(Clock clock, Scheduler loop) {
    this.clock = clock;
    this.loop = loop;
  }

  void pause(long nanos, long deadlineNanos, Consumer<@Nullable Rejection> then) {
    long nowNanos = clock.nanoTime();
    if (ended != null) {
      then.accept(ended);
    } else if (nowNanos - deadlineNanos >= 0) {
      then.accept(new Rejection.TimedOut());
    } else {
      pausing.add(new Pausing(nowNanos + nanos, deadlineNanos, then));
      arm();
    }
  }

  /// Whatever they wait for may have happened.
  void wakeAll() {
    List<Pausing> woken = pausing;
    pausing = new ArrayList<>();
    long nowNanos = clock.nanoTime();
    woken.forEach(one -> wake(one, nowNanos));
  }

  private static void wake(Pausing one, long nowNanos) {
    one.then().accept(nowNanos - one.deadlineNanos() >= 0 ? new Rejection.TimedOut() : null);
  }

  private void arm() {
    if (timer == null) {
      timer = loop.after(LOOK_MILLIS, this::onTimer);
    }
  }

  private void onTimer() {
    timer = null;
    long nowNanos = clock.nanoTime();
    List<Pausing> due = new ArrayList<>();
    pausing.removeIf(
        one ->
            (nowNanos - one.untilNanos() >= 0 || nowNanos - one.deadlineNanos() >= 0)
                && due.add(one));
    due.forEach(one -> wake(one, nowNanos));
    if (!pausing.isEmpty()) {
      arm();
    }
  }

  /// Ends what pauses, and what comes from now on.
  void stop(Rejection why) {
    ended = why;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    List<Pausing> rest = pausing;
    pausing = new ArrayList<>();
    rest.forEach(one -> one.then().accept(why));
  }
}
