package io.flotilla.contract.order;

import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.order.Groups.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.contract.Etcd;
import io.flotilla.contract.Requests;
import io.flotilla.contract.WatchStream;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// One node with eight groups.
@Timeout(120)
class OneNodeTest {
  private static Groups groups;
  private static Etcd etcd;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    groups = Groups.start(directory, 1);
    etcd = groups.client(0);
  }

  @AfterAll
  static void stop() {
    groups.close();
  }

  @BeforeEach
  void clear() {
    etcd.delete(Requests.delete(Requests.FROM_KEY, Requests.FROM_KEY));
  }

  @Test
  void revisionsAreDenseAndAWatchOverAllKeysSeesEachOnceInOrder() throws Exception {
    long before = revision();
    try (WatchStream watch = etcd.watch()) {
      watch.create(Groups.watchAll(before + 1));
      int count = 16 * 50;
      Map<Long, String> written = Writers.run(List.of(etcd), 16, 50);
      assertThat(written.keySet())
          .containsExactlyElementsOf(
              LongStream.rangeClosed(before + 1, before + count).boxed().toList());
      List<Event> events = watch.events(count);
      assertThat(events)
          .extracting(event -> event.getKv().getModRevision())
          .containsExactlyElementsOf(written.keySet());
      assertThat(events)
          .extracting(event -> event.getKv().getValue().toStringUtf8())
          .containsExactlyElementsOf(written.values());
      try (WatchStream later = etcd.watch()) {
        later.create(Groups.watchAll(before + 1));
        assertThat(later.events(count)).isEqualTo(events);
      }
    }
  }

  @Test
  void aTxnOverAllGroupsIsOneRevision() {
    fill("k");
    var txn = Requests.txn();
    for (int group = 0; group < Groups.COUNT; group++) {
      txn.addCompare(Requests.value(key(group, "k"), CompareResult.EQUAL, "k" + group));
      txn.addSuccess(op(put(key(group, "k"), "changed")));
      txn.addFailure(op(Requests.range(key(group, "k"))));
    }
    long before = revision();
    TxnResponse changed = etcd.txn(txn);
    assertThat(changed.getSucceeded()).isTrue();
    assertThat(changed.getHeader().getRevision()).isEqualTo(before + 1);
    assertThat(all().getKvsList())
        .hasSize(Groups.COUNT)
        .allMatch(pair -> pair.getModRevision() == before + 1)
        .allMatch(pair -> pair.getValue().toStringUtf8().equals("changed"));
    TxnResponse refused = etcd.txn(txn);
    assertThat(refused.getSucceeded()).isFalse();
    assertThat(refused.getHeader().getRevision()).isEqualTo(before + 1);
    assertThat(refused.getResponsesList())
        .hasSize(Groups.COUNT)
        .allMatch(one -> one.getResponseRange().getKvs(0).getModRevision() == before + 1);
  }

  @Test
  void rangesOverAllGroupsAreSortedLimitedAndCounted() {
    fill("m", "k");
    RangeResponse all = all();
    assertThat(all.getKvsList()).extracting(KeyValue::getKey).isSortedAccordingTo(ORDER);
    assertThat(all.getCount()).isEqualTo(2 * Groups.COUNT);
    RangeResponse some = etcd.range(range().setLimit(5));
    assertThat(some.getKvsList()).isEqualTo(all.getKvsList().subList(0, 5));
    assertThat(some.getMore()).isTrue();
    assertThat(some.getCount()).isEqualTo(2 * Groups.COUNT);
    RangeResponse newest =
        etcd.range(
            range()
                .setSortTarget(RangeRequest.SortTarget.MOD)
                .setSortOrder(RangeRequest.SortOrder.DESCEND)
                .setLimit(3));
    long last = revision();
    assertThat(newest.getKvsList())
        .extracting(KeyValue::getModRevision)
        .containsExactly(last, last - 1, last - 2);
    assertThat(etcd.range(range().setCountOnly(true)).getCount()).isEqualTo(2 * Groups.COUNT);
    RangeResponse earlier = etcd.range(range().setRevision(last - 1));
    assertThat(earlier.getCount()).isEqualTo(2 * Groups.COUNT - 1);
    assertThat(earlier.getHeader().getRevision()).isEqualTo(last);
    assertThat(etcd.range(range().setSerializable(true)).getKvsList()).isEqualTo(all.getKvsList());
  }

  @Test
  void aDeletionOverAllGroupsIsOneRevision() {
    fill("k");
    long before = revision();
    try (WatchStream watch = etcd.watch()) {
      watch.create(Groups.watchAll(before + 1));
      var deleted = etcd.delete(Requests.delete(key(0, ""), key(7, "z")).setPrevKv(true));
      assertThat(deleted.getDeleted()).isEqualTo(Groups.COUNT);
      assertThat(deleted.getHeader().getRevision()).isEqualTo(before + 1);
      assertThat(deleted.getPrevKvsList())
          .extracting(KeyValue::getKey)
          .isSortedAccordingTo(ORDER)
          .hasSize(Groups.COUNT);
      assertThat(watch.nextEvents().getEventsList())
          .hasSize(Groups.COUNT)
          .allMatch(event -> event.getType() == Event.EventType.DELETE)
          .allMatch(event -> event.getKv().getModRevision() == before + 1);
    }
    assertThat(all().getKvsList()).isEmpty();
  }

  @Test
  void aLeaseEndsWithItsKeysInAllGroupsAtOnce() {
    long lease = etcd.grant(3600);
    for (int group = 0; group < Groups.COUNT; group++) {
      etcd.put(Requests.leased(key(group, "leased"), "v", lease));
    }
    etcd.put(put(key(3, "free"), "v"));
    assertThat(etcd.timeToLive(lease).getKeysList()).hasSize(Groups.COUNT);
    long before = revision();
    assertThat(etcd.revoke(lease).getHeader().getRevision()).isEqualTo(before + 1);
    assertThat(all().getKvsList()).extracting(KeyValue::getKey).containsExactly(key(3, "free"));
  }

  @Test
  void aLeaseThatRunsOutTakesItsKeysInAllGroupsAlong() {
    long before = revision();
    try (WatchStream watch = etcd.watch()) {
      watch.create(Groups.watchAll(before + 1));
      long lease = etcd.grant(1);
      for (int group = 0; group < Groups.COUNT; group++) {
        etcd.put(Requests.leased(key(group, "leased"), "v", lease));
      }
      List<Event> events = watch.events(2 * Groups.COUNT);
      assertThat(events.subList(Groups.COUNT, events.size()))
          .allMatch(event -> event.getType() == Event.EventType.DELETE)
          .extracting(event -> event.getKv().getModRevision())
          .containsOnly(before + Groups.COUNT + 1);
    }
  }

  @Test
  void aCompactionHoldsInEveryGroup() {
    fill("k");
    long revision = revision();
    fill("k");
    etcd.compact(revision);
    for (int group = 0; group < Groups.COUNT; group++) {
      var atOld = Requests.range(key(group, "k")).setRevision(revision - 1);
      assertThatThrownBy(() -> etcd.range(atOld)).hasMessageContaining("has been compacted");
      var atKept = Requests.range(key(group, "k")).setRevision(revision);
      assertThat(etcd.range(atKept).getKvsCount()).isEqualTo(1);
    }
    assertThatThrownBy(() -> etcd.range(range().setRevision(revision - 1)))
        .hasMessageContaining("has been compacted");
    try (WatchStream watch = etcd.watch()) {
      watch.create(Groups.watchAll(revision - 1));
      assertThat(watch.next().getCompactRevision()).isEqualTo(revision);
    }
  }

  @Test
  void aKilledNodeHasEverythingAgain() throws Exception {
    Map<Long, String> written = Writers.run(List.of(etcd), 8, 20);
    List<KeyValue> before = all().getKvsList();
    long revision = revision();
    groups.node(0).kill();
    groups.node(0).start();
    assertThat(revision()).isEqualTo(revision);
    assertThat(all().getKvsList()).isEqualTo(before);
    long first = written.keySet().iterator().next();
    try (WatchStream watch = etcd.watch()) {
      watch.create(Groups.watchAll(first));
      assertThat(watch.events(written.size()))
          .extracting(event -> event.getKv().getValue().toStringUtf8())
          .containsExactlyElementsOf(written.values());
    }
    assertThat(Writers.run(List.of(etcd), 8, 5).keySet())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(revision + 1, revision + 40).boxed().toList());
  }

  private static final java.util.Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  private static void fill(String... names) {
    for (String name : names) {
      for (int group = Groups.COUNT - 1; group >= 0; group--) {
        etcd.put(put(key(group, name), name + group));
      }
    }
  }

  private static RangeRequest.Builder range() {
    return Requests.range(Requests.FROM_KEY, Requests.FROM_KEY);
  }

  private static RangeResponse all() {
    return etcd.range(range());
  }

  private static long revision() {
    return etcd.range(Requests.range(key(0, "none"))).getHeader().getRevision();
  }
}
