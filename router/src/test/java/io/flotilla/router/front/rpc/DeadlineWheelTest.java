package io.flotilla.router.front.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
  private static final long TICK = 10;
  private static final int SLOTS = 8;

  private final DeadlineWheel wheel = new DeadlineWheel(0, TICK, SLOTS);
  private final List<Timer> expired = new ArrayList<>();

  private final class Timer extends DeadlineWheel.Entry {
    private Runnable action = () -> {};

    @Override
    protected void onDeadline() {
      expired.add(this);
      action.run();
    }
  }

  @Test
  void entriesExpireAtTheirDeadlineAndNotBefore() {
    var timer = new Timer();
    wheel.schedule(timer, 25);
    wheel.advance(24);
    assertThat(expired).isEmpty();
    wheel.advance(25);
    assertThat(expired).as("a tick is not over yet").isEmpty();
    wheel.advance(30);
    assertThat(expired).containsExactly(timer);
    assertThat(wheel.size()).isZero();
  }

  @Test
  void aDeadlineThatHasPassedExpiresWithTheNextTick() {
    wheel.advance(100);
    wheel.schedule(new Timer(), 5);
    wheel.advance(110);
    assertThat(expired).hasSize(1);
  }

  @Test
  void deadlinesBeyondTheWheelGoRoundAgain() {
    var far = new Timer();
    wheel.schedule(far, TICK * SLOTS * 3 + TICK);
    wheel.advance(TICK * SLOTS * 3);
    assertThat(expired).isEmpty();
    wheel.advance(TICK * SLOTS * 3 + TICK);
    assertThat(expired).containsExactly(far);
  }

  @Test
  void aLongPauseExpiresEverythingThatIsDue() {
    for (int i = 1; i <= 40; i++) {
      wheel.schedule(new Timer(), i * TICK);
    }
    wheel.schedule(new Timer(), 1_000_000);
    wheel.advance(40 * TICK);
    assertThat(expired).hasSize(40);
    assertThat(wheel.size()).isEqualTo(1);
  }

  @Test
  void cancelledEntriesDoNotExpire() {
    var timer = new Timer();
    wheel.schedule(timer, 20);
    wheel.cancel(timer);
    wheel.cancel(timer);
    wheel.advance(1000);
    assertThat(expired).isEmpty();
    assertThat(wheel.size()).isZero();
  }

  @Test
  void anExpiringEntryMayMoveAndCancelOthers() {
    var first = new Timer();
    var doomed = new Timer();
    var moved = new Timer();
    first.action =
        () -> {
          wheel.cancel(doomed);
          wheel.schedule(moved, 200);
          wheel.schedule(first, 300);
          first.action = () -> {};
        };
    wheel.schedule(first, 20);
    wheel.schedule(doomed, 20);
    wheel.schedule(moved, 20);
    wheel.advance(20);
    assertThat(expired).containsExactly(first);
    wheel.advance(400);
    assertThat(expired).containsExactly(first, moved, first);
  }

  /// Against a list that is searched.
  @Test
  void randomSchedulesBehaveLikeAList() {
    long seed = Long.getLong("seed", System.nanoTime());
    var random = new Random(seed);
    var timers = new ArrayList<Timer>();
    var deadlines = new ArrayList<Long>();
    for (int i = 0; i < 50; i++) {
      timers.add(new Timer());
      deadlines.add(-1L);
    }
    long now = 0;
    for (int step = 0; step < 2000; step++) {
      int i = random.nextInt(timers.size());
      if (random.nextInt(3) == 0) {
        wheel.cancel(timers.get(i));
        deadlines.set(i, -1L);
      } else {
        long deadline = now + random.nextInt(500);
        wheel.schedule(timers.get(i), deadline);
        deadlines.set(i, deadline);
      }
      now += random.nextInt(30);
      expired.clear();
      wheel.advance(now);
      for (int t = 0; t < timers.size(); t++) {
        boolean fired = expired.contains(timers.get(t));
        long deadline = deadlines.get(t);
        if (fired) {
          assertThat(deadline).as("seed " + seed).isBetween(0L, now);
          deadlines.set(t, -1L);
        } else {
          assertThat(deadline < 0 || deadline > now - 3 * TICK).as("seed " + seed).isTrue();
        }
      }
    }
  }
}
