package io.flotilla.contract;

import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.watch;
import static io.flotilla.contract.Requests.watchPrefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.WatchResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// 2.8.4 and assertions 48 and 49.
class WatchProgressTest extends ContractTest {

  // 2.8.4 manual; assertion 48, synced watchers.
  @Since(value = Dialect.V3_5, because = "late patch releases of 3.4 only have it")
  @Test
  void progressOfSyncedWatchersIsForTheWholeStream() {
    etcd.put(key("a"), "1");
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")));
      stream.create(watch(key("b")));
      stream.requestProgress();
      var progress = stream.next();
      assertThat(progress)
          .isEqualTo(
              WatchResponse.newBuilder().setHeader(progress.getHeader()).setWatchId(-1).build());
      assertThat(progress.getHeader().getRevision()).isEqualTo(etcd.revision());
      assertThat(progress.getHeader().getMemberId()).isNotZero();
    }
  }

  // Assertion 48, no watchers.
  @Since(value = Dialect.V3_5, because = "any stream is answered")
  @Test
  void aStreamWithoutWatchersHasNoProgress() {
    try (var stream = etcd.watch()) {
      stream.requestProgress();
      stream.create(watch(key("a")));
      etcd.put(key("a"), "1");
      stream.nextEvent();
    }
  }

  // Assertion 48, a watcher that waits for a future revision. Nothing is queued for later.
  @Since(value = Dialect.V3_5, because = "late patch releases of 3.4 only have it")
  @Test
  void aWaitingWatcherHoldsProgressBack() {
    long current = etcd.put(key("a"), "1");
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")));
      stream.create(watch(key("b")).setStartRevision(current + 2));
      stream.requestProgress();
      etcd.put(key("a"), "2");
      assertThat(stream.nextEvents().getHeader().getRevision()).isEqualTo(current + 1);
      etcd.put(key("a"), "3");
      assertThat(stream.nextEvents().getHeader().getRevision()).isEqualTo(current + 2);
      stream.requestProgress();
      assertThat(stream.next().getWatchId()).isEqualTo(-1);
    }
  }

  // 2.8.4 guarantee: everything up to the progress revision was sent before it.
  @Since(value = Dialect.V3_5, because = "late patch releases of 3.4 only have it")
  @Test
  void progressNeverOvertakesEvents() {
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")));
      long sent = etcd.revision();
      for (int round = 0; round < 50; round++) {
        long written = etcd.put(key("a"), "v" + round);
        stream.requestProgress();
        boolean progressed = false;
        while (sent < written || !progressed) {
          var response = stream.next();
          if (response.getEventsCount() > 0) {
            sent = response.getEvents(0).getKv().getModRevision();
          } else {
            progressed = true;
            assertThat(response.getHeader().getRevision()).isLessThanOrEqualTo(sent);
          }
        }
      }
    }
  }

  // 2.8.4 while catching up: no progress before the history is through.
  @Since(value = Dialect.V3_5, because = "late patch releases of 3.4 only have it")
  @Test
  void progressWaitsForHistory() {
    long start = etcd.revision() + 1;
    var big = "x".repeat(200_000);
    for (int i = 0; i < 20; i++) {
      etcd.put(put(key("a"), big));
    }
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")).setStartRevision(start));
      stream.requestProgress();
      int events = 0;
      while (events < 20) {
        var response = stream.next();
        assertThat(response.getEventsCount()).as("progress while behind").isPositive();
        events += response.getEventsCount();
      }
      stream.requestProgress();
      assertThat(stream.next().getHeader().getRevision()).isEqualTo(start + 19);
    }
    etcd.delete(key("a"));
  }

  // 2.8.4 periodic; assertion 49. The idle watcher is told under its own id; the busy one skips
  // the ticks in which it had events.
  @OwnServer("watch-progress-notify-interval=500ms")
  @Test
  void idleWatchersAreToldPeriodically() {
    try (var stream = etcd.watch()) {
      stream.create(watch(key("busy")).setProgressNotify(true));
      stream.create(watch(key("idle")).setProgressNotify(true));
      stream.create(watch(key("quiet")));
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      int ticks = 0;
      while (ticks < 3) {
        assertThat(System.nanoTime()).as("three ticks come in time").isLessThan(deadline);
        long revision = etcd.put(key("busy"), "v");
        var response = stream.next();
        if (response.getEventsCount() > 0) {
          assertThat(response.getWatchId()).isZero();
          assertThat(response.getHeader().getRevision()).isEqualTo(revision);
        } else {
          assertThat(response.getWatchId()).isEqualTo(1);
          assertThat(response.getCreated() || response.getCanceled()).isFalse();
          assertThat(response.getCompactRevision()).isZero();
          assertThat(response.getHeader().getRevision()).isBetween(revision - 1, revision);
          ticks++;
          assertThat(stream.nextEvents().getWatchId()).isZero();
        }
      }
    }
  }

  // 2.8.4 periodic: a watcher that waits for a future revision is not told.
  @OwnServer("watch-progress-notify-interval=200ms")
  @Since(value = Dialect.V3_5, because = "late patch releases of 3.4 only have it")
  @Test
  void everyIdleWatcherIsToldUnderItsOwnId() {
    long current = etcd.put(key("a"), "1");
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")).setProgressNotify(true).setWatchId(5));
      stream.create(
          watch(key("b")).setProgressNotify(true).setWatchId(6).setStartRevision(current + 10));
      for (int i = 0; i < 3; i++) {
        var progress = stream.next();
        assertThat(progress.getWatchId()).isEqualTo(5);
        assertThat(progress.getEventsCount()).isZero();
        assertThat(progress.getHeader().getRevision()).isEqualTo(current);
      }
    }
  }
}
