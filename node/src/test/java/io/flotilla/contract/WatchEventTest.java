package io.flotilla.contract;

import static io.flotilla.contract.Requests.bytes;
import static io.flotilla.contract.Requests.delete;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.txn;
import static io.flotilla.contract.Requests.watch;
import static io.flotilla.contract.Requests.watchPrefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.Event.EventType;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// 2.8.3 for live watchers; assertions 45 to 47, 52 and 54.
class WatchEventTest extends ContractTest {

  // 2.8.3 PUT kv and live batching.
  @Test
  void aPutEventCarriesThePair() {
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")));
      long lease = etcd.grant(60);
      long revision = etcd.put(leased(key("a"), "1", lease)).getHeader().getRevision();
      var response = stream.nextEvents();
      assertThat(response.getHeader().getRevision()).isEqualTo(revision);
      assertThat(response.getHeader().getRaftTerm()).isPositive();
      var event = response.getEvents(0);
      assertThat(event.getType()).isEqualTo(EventType.PUT);
      assertThat(event.getKv()).isEqualTo(pair("a"));
      assertThat(event.getKv().getLease()).isEqualTo(lease);
      assertThat(event.hasPrevKv()).isFalse();
      etcd.revoke(lease);
    }
  }

  // Assertion 47.
  @Test
  void aDeleteEventHasOnlyKeyAndRevision() {
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")));
      etcd.put(key("a"), "1");
      long deleted = etcd.delete(key("a"));
      stream.nextEvents();
      assertThat(stream.nextEvent())
          .isEqualTo(
              Event.newBuilder()
                  .setType(EventType.DELETE)
                  .setKv(KeyValue.newBuilder().setKey(key("a")).setModRevision(deleted))
                  .build());
    }
  }

  // 2.8.3 prev_kv.
  @Test
  void previousPairsComeOnRequest() {
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")).setPrevKv(true));
      long lease = etcd.grant(60);
      etcd.put(key("a"), "1");
      etcd.put(leased(key("a"), "2", lease));
      var before = pair("a");
      etcd.delete(key("a"));
      etcd.put(key("a"), "3");
      assertThat(stream.nextEvent().hasPrevKv()).isFalse();
      assertThat(stream.nextEvent().getPrevKv().getValue()).isEqualTo(bytes("1"));
      var deleted = stream.nextEvent();
      assertThat(deleted.getPrevKv()).isEqualTo(before);
      assertThat(deleted.getPrevKv().getLease()).isEqualTo(lease);
      assertThat(stream.nextEvent().hasPrevKv()).isFalse();
      etcd.revoke(lease);
    }
  }

  // Assertion 45.
  @Test
  void aTransactionArrivesWhole() {
    etcd.put(key("c"), "0");
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")));
      long revision =
          etcd.txn(txn(op(put(key("b"), "1")), op(put(key("a"), "2")), op(delete(key("c")))))
              .getHeader()
              .getRevision();
      var response = stream.nextEvents();
      assertThat(response.getHeader().getRevision()).isEqualTo(revision);
      var keys = assertThat(response.getEventsList()).extracting(event -> event.getKv().getKey());
      if (Shards.areShared()) {
        keys.containsExactlyInAnyOrder(key("b"), key("a"), key("c")); // docs/compatibility.md
      } else {
        keys.containsExactly(key("b"), key("a"), key("c"));
      }
      assertThat(response.getEventsList())
          .allMatch(event -> event.getKv().getModRevision() == revision);
    }
  }

  // Assertion 46.
  @Test
  void aPrefixDeleteArrivesWholeInKeyOrder() {
    for (var name : List.of("c", "a", "b")) {
      etcd.put(key(name), "1");
    }
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")));
      etcd.delete(delete(key(""), Requests.prefixEnd(key(""))));
      assertThat(stream.nextEvents().getEventsList())
          .extracting(event -> event.getKv().getKey())
          .containsExactly(key("a"), key("b"), key("c"));
    }
  }

  // 2.5: deleting nothing and a refused write make no event.
  @Test
  void nothingWrittenIsNothingSeen() {
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")));
      etcd.delete(key("absent"));
      Refusal.of(() -> etcd.put(leased(key("a"), "1", 0x7eeeeeeeeeeeeeeeL)));
      etcd.txn(txn());
      etcd.put(key("a"), "1");
      assertThat(stream.nextEvent().getKv().getValue()).isEqualTo(bytes("1"));
    }
  }

  // 2.8.3 filters; assertion 52.
  @Test
  void filtersDropKindsOfEvents() {
    try (var stream = etcd.watch()) {
      stream.create(watch(key("a")).addFilters(FilterType.NOPUT));
      stream.create(watch(key("a")).addFilters(FilterType.NODELETE));
      stream.create(watch(key("a")).addFilters(FilterType.NOPUT).addFilters(FilterType.NODELETE));
      stream.create(watch(key("a")).addFiltersValue(9).addFilters(FilterType.NODELETE));
      etcd.put(key("a"), "1");
      assertThat(ids(stream, EventType.PUT)).containsExactlyInAnyOrder(1L, 3L);
      etcd.delete(key("a"));
      assertThat(stream.nextEvents().getWatchId()).isZero();
      etcd.put(key("a"), "2");
      assertThat(ids(stream, EventType.PUT)).containsExactlyInAnyOrder(1L, 3L);
    }
  }

  private static List<Long> ids(WatchStream stream, EventType type) {
    var responses = List.of(stream.nextEvents(), stream.nextEvents());
    assertThat(responses).allMatch(response -> response.getEvents(0).getType() == type);
    return responses.stream().map(WatchResponse::getWatchId).toList();
  }

  // 2.8.3 filters on a mixed transaction: the rest of the revision arrives.
  @Test
  void filtersWorkInsideATransaction() {
    etcd.put(key("b"), "1");
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")).addFilters(FilterType.NOPUT));
      etcd.txn(txn(op(put(key("a"), "1")), op(delete(key("b"))), op(put(key("c"), "1"))));
      assertThat(stream.nextEvent().getKv().getKey()).isEqualTo(key("b"));
    }
  }

  // 2.8.3 live batching and order under load: one response per revision.
  @Test
  void liveResponsesComeInRevisionOrder() {
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")));
      long start = etcd.revision() + 1;
      for (int i = 0; i < 200; i++) {
        etcd.put(key("k" + i % 7), "v" + i);
      }
      var events = stream.events(200);
      for (int i = 0; i < 200; i++) {
        assertThat(events.get(i).getKv().getModRevision()).isEqualTo(start + i);
        assertThat(events.get(i).getKv().getValue()).isEqualTo(bytes("v" + i));
      }
    }
  }

  // 2.8.1: two thousand watchers of one stream, each with its own response.
  @Test
  void twoThousandWatchersShareAStream() {
    int count = 2000;
    try (var stream = etcd.watch()) {
      for (int i = 0; i < count; i++) {
        stream.send(watch(key("k" + i)));
      }
      for (int i = 0; i < count; i++) {
        assertThat(stream.created().getWatchId()).isEqualTo(i);
      }
      var txn = txn();
      for (int i = 0; i < 128; i++) {
        txn.addSuccess(op(put(key("k" + i * 15), "v")));
      }
      etcd.txn(txn);
      var ids = new ArrayList<Long>();
      for (int i = 0; i < 128; i++) {
        var response = stream.nextEvents();
        assertThat(response.getEvents(0).getKv().getKey())
            .isEqualTo(key("k" + response.getWatchId()));
        ids.add(response.getWatchId());
      }
      assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id % 15 == 0);
    }
  }

  // Assertion 54 for revoke; LeaseExpiryTest has expiry.
  @Test
  void aRevokeDeletesAllKeysInOneResponse() {
    long lease = etcd.grant(60);
    for (var name : List.of("c", "a", "b")) {
      etcd.put(leased(key(name), "v", lease));
    }
    try (var stream = etcd.watch()) {
      stream.create(watchPrefix(key("")).setPrevKv(true));
      long revision = etcd.revoke(lease).getHeader().getRevision();
      var events = stream.nextEvents().getEventsList();
      assertThat(events)
          .extracting(event -> event.getKv().getKey())
          .containsExactly(key("a"), key("b"), key("c"));
      assertThat(events)
          .allSatisfy(
              event -> {
                assertThat(event.getType()).isEqualTo(EventType.DELETE);
                assertThat(event.getKv().getModRevision()).isEqualTo(revision);
                assertThat(event.getPrevKv().getLease()).isEqualTo(lease);
              });
    }
  }
}
