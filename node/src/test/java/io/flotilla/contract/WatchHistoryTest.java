package io.flotilla.contract;

import static io.flotilla.contract.Requests.bytes;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.txn;
import static io.flotilla.contract.Requests.watch;
import static io.flotilla.contract.Requests.watchPrefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.Event.EventType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// 2.8.2 and the catch-up rows of 2.8.3; assertions 37, 38, 42, 44, 50 and 51.
class WatchHistoryTest extends ContractTest {

  // 2.8.2 history, then live, without gap or duplicate.
  @Test
  void historyIsReplayedFromTheStartRevisionOn() {
    etcd.put(key("a"), "0");
    long start = etcd.put(key("a"), "1");
    etcd.put(key("b"), "2");
    etcd.delete(key("a"));
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")).setStartRevision(start));
      etcd.put(key("c"), "4");
      etcd.put(key("d"), "5");
      var revisions = stream.events(5).stream().map(event -> event.getKv().getModRevision());
      assertThat(revisions).containsExactly(start, start + 1, start + 2, start + 3, start + 4);
    }
  }

  // 2.8.2, last row; assertion 44.
  @Test
  void aFutureStartWaitsForItsRevision() {
    long current = etcd.put(key("a"), "1");
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")).setStartRevision(current + 2));
      stream.create(watch(key("a")).setStartRevision(current + 1));
      etcd.put(key("a"), "2");
      var first = stream.nextEvents();
      assertThat(first.getWatchId()).isEqualTo(1);
      etcd.put(key("a"), "3");
      var both = List.of(stream.nextEvents(), stream.nextEvents());
      assertThat(both).extracting(WatchResponse::getWatchId).containsExactlyInAnyOrder(0L, 1L);
      assertThat(both)
          .allSatisfy(
              response ->
                  assertThat(response.getEvents(0).getKv().getModRevision())
                      .isEqualTo(current + 2));
    }
  }

  // 2.8.2 below the compact revision; assertion 42.
  @Test
  void aCompactedStartIsCreatedThenCancelled() {
    long first = etcd.put(key("a"), "1");
    long second = etcd.put(key("a"), "2");
    etcd.compact(second);
    try (var stream = etcd.watch()) {
      stream.create(watch(key("b")));
      long id = stream.create(watch(key("a")).setStartRevision(first)).getWatchId();
      assertThat(id).isEqualTo(1);
      var canceled = stream.next();
      assertThat(canceled.getHeader().getRevision()).isZero();
      assertThat(canceled)
          .isEqualTo(
              WatchResponse.newBuilder()
                  .setHeader(canceled.getHeader())
                  .setWatchId(id)
                  .setCanceled(true)
                  .setCompactRevision(second)
                  .build());
      // The id stays registered, so the cancel that clientv3 sends is confirmed.
      stream.cancel(id);
      var confirmed = stream.next();
      assertThat(confirmed.getCanceled()).isTrue();
      assertThat(confirmed.getWatchId()).isEqualTo(id);
      assertThat(confirmed.getCompactRevision()).isZero();
      stream.cancel(id);
      etcd.put(key("b"), "1");
      assertThat(stream.nextEvent().getKv().getKey()).isEqualTo(key("b"));
    }
  }

  // Assertion 37.
  @Since(value = Dialect.V3_5, because = "a delete at the compacted revision is dropped there")
  @Test
  void aDeleteAtTheCompactedRevisionIsStillSeen() {
    long created = etcd.put(key("a"), "1");
    long deleted = etcd.delete(key("a"));
    etcd.compact(deleted);
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")).setStartRevision(deleted).setPrevKv(true));
      var event = stream.nextEvent();
      assertThat(event.getType()).isEqualTo(EventType.DELETE);
      assertThat(event.getKv().getModRevision()).isEqualTo(deleted);
      assertThat(event.hasPrevKv()).isFalse();
      stream.create(watch(key("a")).setStartRevision(created));
      var canceled = stream.next();
      assertThat(canceled.getCanceled()).isTrue();
      assertThat(canceled.getCompactRevision()).isEqualTo(deleted);
    }
  }

  // Assertion 38.
  @Test
  void aCompactedPreviousPairIsLeftOut() {
    etcd.put(key("a"), "1");
    long second = etcd.put(key("a"), "2");
    long third = etcd.put(key("a"), "3");
    etcd.compact(second);
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")).setStartRevision(second).setPrevKv(true));
      var events = stream.events(2);
      assertThat(events.get(0).getKv().getModRevision()).isEqualTo(second);
      assertThat(events.get(0).hasPrevKv()).isFalse();
      assertThat(events.get(1).getKv().getModRevision()).isEqualTo(third);
      assertThat(events.get(1).getPrevKv().getValue()).isEqualTo(bytes("2"));
    }
  }

  // 2.8.3 catch-up batching; assertion 50.
  @Test
  void catchingUpTakesAThousandRevisionsAtATime() {
    long start = etcd.revision() + 1;
    for (int i = 0; i < 1250; i++) {
      etcd.txn(txn(op(put(key("a"), "v" + i)), op(put(key("b"), "v" + i))));
    }
    long current = etcd.revision();
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")).setStartRevision(start));
      var first = stream.nextEvents();
      var second = stream.nextEvents();
      assertThat(first.getEventsCount()).isEqualTo(2000);
      assertThat(second.getEventsCount()).isEqualTo(500);
      assertThat(first.getHeader().getRevision()).isEqualTo(current);
      assertThat(second.getHeader().getRevision()).isEqualTo(current);
      var events = new ArrayList<>(first.getEventsList());
      events.addAll(second.getEventsList());
      for (int i = 0; i < events.size(); i++) {
        assertThat(events.get(i).getKv().getModRevision()).isEqualTo(start + i / 2);
        assertThat(events.get(i).getKv().getKey()).isEqualTo(key(i % 2 == 0 ? "a" : "b"));
      }
    }
  }

  // 2.8.3 fragments; assertion 51. 20 MB of history in 20 revisions.
  @Test
  void anOversizedCatchUpComesInFragmentsOnRequest() {
    long start = etcd.revision() + 1;
    var big = "x".repeat(1_000_000);
    for (int i = 0; i < 20; i++) {
      etcd.put(put(key("k%02d".formatted(i)), big));
    }
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")).setStartRevision(start));
      var whole = stream.nextEvents();
      assertThat(whole.getFragment()).isFalse();
      assertThat(whole.getEventsCount()).isEqualTo(20);
      assertThat(whole.getSerializedSize()).isGreaterThan(20_000_000);

      stream.create(watchPrefix(key("")).setStartRevision(start).setFragment(true));
      var parts = fragments(stream);
      assertThat(parts).hasSizeGreaterThan(5);
      assertThat(parts)
          .allSatisfy(
              part -> {
                assertThat(part.getWatchId()).isEqualTo(1);
                assertThat(part.getHeader()).isEqualTo(parts.get(0).getHeader());
                assertThat(part.getEventsCount() == 1 || part.getSerializedSize() < 2_097_152)
                    .isTrue();
              });
      assertThat(events(parts)).isEqualTo(whole.getEventsList());
    }
    etcd.delete(Requests.delete(key(""), Requests.prefixEnd(key(""))));
  }

  private static List<WatchResponse> fragments(WatchStream stream) {
    var parts = new ArrayList<WatchResponse>();
    do {
      parts.add(stream.nextEvents());
    } while (parts.getLast().getFragment());
    return parts;
  }

  private static List<Event> events(List<WatchResponse> parts) {
    return parts.stream().flatMap(part -> part.getEventsList().stream()).toList();
  }

  // 2.8.3: a small response of a fragmenting watcher is not cut.
  @Test
  void smallResponsesAreNotCut() {
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")).setFragment(true));
      etcd.txn(txn(op(put(key("a"), "1")), op(put(key("b"), "1"))));
      var response = stream.nextEvents();
      assertThat(response.getEventsCount()).isEqualTo(2);
      assertThat(response.getFragment()).isFalse();
    }
  }

  // 2.8.3 order: a client that resumes at the last revision + 1 misses and repeats nothing.
  @Test
  void resumingAtTheNextRevisionIsSeamless() {
    long next = etcd.revision() + 1;
    var seen = new ArrayList<String>();
    int written = 0;
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 20; i++) {
        etcd.put(key("k" + i % 3), "v" + written++);
      }
      try (var stream = etcd.watch()) {
        stream.create(watchPrefix(key("")).setStartRevision(next));
        etcd.put(key("live"), "v" + written++);
        for (var event : stream.events(written - seen.size())) {
          seen.add(event.getKv().getValue().toStringUtf8());
          assertThat(event.getKv().getModRevision()).isGreaterThanOrEqualTo(next);
          next = event.getKv().getModRevision() + 1;
        }
      }
    }
    for (int i = 0; i < written; i++) {
      assertThat(seen.get(i)).isEqualTo("v" + i);
    }
  }

  // 2.8.3 slow consumer: parked, then served from history.
  @Test
  void aSlowConsumerLosesNothing() {
    int count = 60;
    var big = "x".repeat(100_000);
    try (var stream = new WatchStream(etcd.open(Rpc.WATCH, new io.grpc.Metadata(), 1))) {
      stream.create(watch(key("a")));
      long start = etcd.revision() + 1;
      for (int i = 0; i < count; i++) {
        etcd.put(put(key("a"), big));
      }
      stream.call().request(count);
      var revisions = stream.events(count).stream().map(event -> event.getKv().getModRevision());
      assertThat(revisions).isSorted().hasSize(count).startsWith(start);
    }
    etcd.delete(key("a"));
  }
}
