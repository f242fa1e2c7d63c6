package io.flotilla.placement.duty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.placement.testing.SimLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutoCompactorTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;

  private final SimLoop loop = new SimLoop();
  private final ManualProposer log = new ManualProposer();
  private final long startMillis = loop.wallMillis();
  private boolean leads = true;
  private long fixedRevision = -1;

  /// One revision a second, so that revisions are times.
  private long revision() {
    return fixedRevision >= 0 ? fixedRevision : 1 + (loop.wallMillis() - startMillis) / 1000;
  }

  @Test
  void shortPeriodCompactsEveryPeriodToOnePeriodAgo() {
    start(new AutoCompaction.Periodic(Duration.ofMinutes(10)));
    assertThat(compactionsUntil(10 * MINUTE - 1)).isEmpty();
    assertThat(compactionsUntil(30 * MINUTE)).containsExactly("10m: 1", "20m: 601", "30m: 1201");
  }

  /// Longer than an hour: first after one period, then every hour (contract 2.7).
  @Test
  void longPeriodCompactsEveryHourToOnePeriodAgo() {
    start(new AutoCompaction.Periodic(Duration.ofHours(3)));
    assertThat(compactionsUntil(3 * HOUR - 1)).isEmpty();
    assertThat(compactionsUntil(5 * HOUR)).containsExactly("180m: 1", "240m: 3601", "300m: 7201");
  }

  @Test
  void revisionModeKeepsANumberOfRevisionsEveryFiveMinutes() {
    start(new AutoCompaction.Revisions(400));
    assertThat(compactionsUntil(15 * MINUTE)).containsExactly("10m: 201", "15m: 501");
  }

  @Test
  void nothingNewIsNotCompactedAgain() {
    fixedRevision = 5000;
    start(new AutoCompaction.Revisions(400));
    assertThat(compactionsUntil(60 * MINUTE)).containsExactly("5m: 4600");
  }

  @Test
  void quietStoreIsCompactedOnceByPeriod() {
    fixedRevision = 5000;
    start(new AutoCompaction.Periodic(Duration.ofMinutes(10)));
    assertThat(compactionsUntil(60 * MINUTE)).containsExactly("10m: 5000");
  }

  @Test
  void compactedElsewhereIsAsGoodAsDone() {
    start(new AutoCompaction.Periodic(Duration.ofMinutes(10)));
    loop.advance(10 * MINUTE);
    log.reject(new Rejection.Compacted(300));
    loop.advance(9 * MINUTE);
    assertThat(log.size()).isZero();
    loop.advance(MINUTE);
    assertThat(log.done().getCompact().getRevision()).isEqualTo(601);
  }

  @Test
  void failureIsTriedAgainAtTheNextSample() {
    start(new AutoCompaction.Periodic(Duration.ofMinutes(10)));
    loop.advance(10 * MINUTE);
    log.reject(new Rejection.TimedOut());
    loop.advance(MINUTE);
    assertThat(log.done().getCompact().getRevision()).isEqualTo(61);
  }

  @Test
  void oneCompactionIsInFlight() {
    start(new AutoCompaction.Periodic(Duration.ofMinutes(10)));
    loop.advance(60 * MINUTE);
    assertThat(log.size()).isEqualTo(1);
  }

  /// A follower has sampled all the while, so it knows the past when it comes to lead.
  @Test
  void followerSamplesAndOnlyTheLeaderCompacts() {
    leads = false;
    start(new AutoCompaction.Periodic(Duration.ofMinutes(10)));
    loop.advance(30 * MINUTE);
    assertThat(log.size()).isZero();
    leads = true;
    loop.advance(MINUTE);
    assertThat(log.done().getCompact().getRevision()).isEqualTo(1 + 21 * 60);
  }

  @Test
  void offModeDoesNothing() {
    start(new AutoCompaction.Off());
    assertThat(compactionsUntil(100 * HOUR)).isEmpty();
  }

  @Test
  void stoppedCompactorLeavesNoTimer() {
    start(new AutoCompaction.Revisions(1)).stop();
    assertThat(loop.queued()).isZero();
  }

  @Test
  void senselessRetentionsAreRefused() {
    assertThatThrownBy(() -> new AutoCompaction.Revisions(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new AutoCompaction.Periodic(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private AutoCompactor start(AutoCompaction mode) {
    var gauges = new AutoCompactor.Gauges(this::revision, () -> leads);
    var compactor = AutoCompactor.of(mode, gauges, loop, loop, log);
    compactor.start();
    return compactor;
  }

  /// Lets time pass up to `millis` after the start; says what was compacted when, in minutes.
  private List<String> compactionsUntil(long millis) {
    List<String> seen = new ArrayList<>();
    while (loop.wallMillis() - startMillis < millis) {
      loop.advance(Math.min(MINUTE, millis - (loop.wallMillis() - startMillis)));
      while (log.size() > 0) {
        long minutes = (loop.wallMillis() - startMillis) / MINUTE;
        seen.add(minutes + "m: " + log.done().getCompact().getRevision());
      }
    }
    return seen;
  }
}
