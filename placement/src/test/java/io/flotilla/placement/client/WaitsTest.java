package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.SimLoop;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Those who wait at a door.
class WaitsTest {
  private final SimLoop loop = new SimLoop();
  private long reached;
  private final Thresholds thresholds = new Thresholds(loop, loop, () -> reached);
  private final Pauses pauses = new Pauses(loop, loop);
  private final List<String> told = new ArrayList<>();

  private long in(long millis) {
    return loop.nanoTime() + millis * 1_000_000;
  }

  private void note(String who, @Nullable Rejection why) {
    told.add(who + (why == null ? "" : " " + why.getClass().getSimpleName()));
  }

  // ------------------------------------------------------------------- numbers

  @Test
  void numbersThatAreReachedAreNotWaitedFor() {
    reached = 7;
    assertThat(thresholds.await(7, in(0)).succeeded()).isTrue();
    assertThat(loop.queued()).isZero();
  }

  @Test
  void thoseWhoWaitAreToldInTheOrderOfTheirNumbers() {
    for (long number : List.of(3L, 1L, 2L)) {
      thresholds.await(number, in(1_000)).onSuccess(_ -> note("" + number, null));
    }
    reached = 2;
    thresholds.look();
    assertThat(told).containsExactly("1", "2");
    reached = 9;
    thresholds.look();
    assertThat(told).containsExactly("1", "2", "3");
    assertThat(thresholds.isIdle()).isTrue();
    loop.advance(50);
    assertThat(loop.queued()).isZero();
  }

  @Test
  void waitsEndAtTheirDeadlines() {
    Future<Void> soon = thresholds.await(1, in(30));
    Future<Void> later = thresholds.await(1, in(90));
    loop.advance(45);
    assertThat(TestClient.refusal(soon)).isEqualTo(new Rejection.TimedOut());
    reached = 1;
    loop.advance(10);
    assertThat(later.succeeded()).isTrue();
  }

  @Test
  void stoppingEndsWaits() {
    Future<Void> before = thresholds.await(1, in(30));
    thresholds.stop(new Rejection.Stopped());
    Future<Void> after = thresholds.await(1, in(30));
    assertThat(TestClient.refusal(before)).isEqualTo(new Rejection.Stopped());
    assertThat(TestClient.refusal(after)).isEqualTo(new Rejection.Stopped());
    assertThat(loop.queued()).isZero();
  }

  // ------------------------------------------------------------------- pauses

  @Test
  void pausesEndWhenTheirTimeHasCome() {
    pauses.pause(20_000_000, in(1_000), why -> note("a", why));
    pauses.pause(60_000_000, in(1_000), why -> note("b", why));
    loop.advance(40);
    assertThat(told).containsExactly("a");
    loop.advance(40);
    assertThat(told).containsExactly("a", "b");
    assertThat(loop.queued()).isZero();
  }

  @Test
  void wakingEndsPausesAndThoseWhoPauseAgainDoNotWakeTwice() {
    pauses.pause(
        90_000_000,
        in(1_000),
        why -> {
          note("a", why);
          pauses.pause(90_000_000, in(1_000), again -> note("again", again));
        });
    pauses.wakeAll();
    assertThat(told).containsExactly("a");
    pauses.wakeAll();
    assertThat(told).containsExactly("a", "again");
  }

  @Test
  void pausesEndAtTheDeadline() {
    pauses.pause(90_000_000, in(20), why -> note("a", why));
    loop.advance(40);
    pauses.pause(90_000_000, in(0), why -> note("b", why));
    assertThat(told).containsExactly("a TimedOut", "b TimedOut");
  }

  @Test
  void stoppingEndsPauses() {
    pauses.pause(90_000_000, in(200), why -> note("a", why));
    pauses.stop(new Rejection.Stopped());
    pauses.pause(90_000_000, in(200), why -> note("b", why));
    assertThat(told).containsExactly("a Stopped", "b Stopped");
    assertThat(loop.queued()).isZero();
  }
}
