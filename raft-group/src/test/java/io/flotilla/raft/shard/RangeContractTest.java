package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.ON;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.compact;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RangeResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Range as the contract has it (§2.3); "§6 no. n" cites its assertions.
class RangeContractTest {
  private final TestShard shard = new TestShard();

  @AfterEach
  void close() {
    shard.close();
  }

  /// Keys d, a, b, c in this order of revisions, 2 to 5; values descend with the keys.
  private void putFour() {
    shard.put(put("d", "1").setLease(7));
    shard.put("a", "4");
    shard.put("b", "3");
    shard.put("c", "2");
  }

  private static List<String> keys(RangeResponse response) {
    return response.getKvsList().stream().map(kv -> Requests.text(kv.getKey())).toList();
  }

  private static RangeRequest.Builder all() {
    return range("\0", ON);
  }

  private static RangeRequest.Builder sorted(SortOrder order, SortTarget target) {
    return all().setSortOrder(order).setSortTarget(target);
  }

  /// §6 no. 5: the header tells the newest revision also for a read of the past.
  @Test
  void oldRevisionIsReadUnderTheNewestHeader() {
    putFour();
    var query = new ShardQuery.Range(all().setRevision(2).build());
    var reply = shard.read(query);
    assertThat(reply.revision()).isEqualTo(5);
    assertThat(keys(reply.response().build())).containsExactly("d");
    assertThat(reply.response().getCount()).isEqualTo(1);
  }

  /// §6 no. 11.
  @Test
  void countIgnoresLimitAndFilters() {
    putFour();
    assertThat(shard.range(all().setLimit(2)).getCount()).isEqualTo(4);
    var filtered = shard.range(all().setLimit(2).setMinModRevision(5));
    assertThat(filtered.getCount()).isEqualTo(4);
    assertThat(keys(filtered)).containsExactly("c");
    assertThat(filtered.getMore()).isFalse();
  }

  /// §6 no. 12.
  @Test
  void moreTellsWhetherTheLimitCutKeysOff() {
    putFour();
    assertThat(shard.range(all().setLimit(4)).getMore()).isFalse();
    assertThat(shard.range(all().setLimit(3)).getMore()).isTrue();
    assertThat(shard.range(all().setLimit(3)).getKvsCount()).isEqualTo(3);
    assertThat(shard.range(all().setLimit(-1)).getKvsCount()).isEqualTo(4);
    assertThat(shard.range(all().setLimit(-1)).getMore()).isFalse();
  }

  /// §6 no. 13.
  @Test
  void countOnlyWinsOverEverything() {
    putFour();
    for (long revision : List.of(0L, 5L, 4L)) {
      var query = all().setCountOnly(true).setLimit(2).setKeysOnly(true).setRevision(revision);
      var counted = shard.range(query.setMinModRevision(4).setSortTarget(SortTarget.VALUE));
      assertThat(counted.getCount()).isEqualTo(revision == 4 ? 3 : 4);
      assertThat(counted.getKvsCount()).isZero();
      assertThat(counted.getMore()).isFalse();
    }
  }

  /// §6 no. 14, §2.2.
  @Test
  void intervalsMeanWhatEtcdMeans() {
    putFour();
    assertThat(shard.range(range("z", "a"))).isEqualTo(RangeResponse.getDefaultInstance());
    assertThat(shard.range(range("a", "a"))).isEqualTo(RangeResponse.getDefaultInstance());
    assertThat(keys(shard.range(range("b", ON)))).containsExactly("b", "c", "d");
    assertThat(keys(shard.range(range("b", "d")))).containsExactly("b", "c");
    assertThat(keys(shard.range(range("b")))).containsExactly("b");
  }

  /// §6 no. 15.
  @Test
  void targetWithoutOrderSortsAscending() {
    putFour();
    assertThat(keys(shard.range(all().setSortTarget(SortTarget.MOD))))
        .containsExactly("d", "a", "b", "c");
    assertThat(keys(shard.range(all().setSortTarget(SortTarget.VALUE))))
        .containsExactly("d", "c", "b", "a");
  }

  /// §2.3 "sort_order NONE, target ≠ KEY": the limit comes first, in key order.
  @Test
  void targetWithoutOrderAppliesTheLimitBeforeSorting() {
    putFour();
    var none = shard.range(all().setSortTarget(SortTarget.MOD).setLimit(1));
    assertThat(keys(none)).containsExactly("a");
    assertThat(none.getMore()).isTrue();
    assertThat(keys(shard.range(sorted(SortOrder.ASCEND, SortTarget.MOD).setLimit(1))))
        .containsExactly("d");
    var filtered = all().setSortTarget(SortTarget.MOD).setLimit(1).setMaxModRevision(4);
    assertThat(keys(shard.range(filtered))).containsExactly("d");
  }

  @Test
  void everyTargetSortsBothWays() {
    putFour();
    shard.put("c", "9");
    assertThat(keys(shard.range(sorted(SortOrder.DESCEND, SortTarget.KEY).setLimit(2))))
        .containsExactly("d", "c");
    assertThat(keys(shard.range(sorted(SortOrder.DESCEND, SortTarget.MOD).setLimit(2))))
        .containsExactly("c", "b");
    assertThat(keys(shard.range(sorted(SortOrder.DESCEND, SortTarget.CREATE))))
        .containsExactly("c", "b", "a", "d");
    // Ties keep key order in both directions.
    assertThat(keys(shard.range(sorted(SortOrder.DESCEND, SortTarget.VERSION))))
        .containsExactly("c", "a", "b", "d");
    assertThat(keys(shard.range(sorted(SortOrder.ASCEND, SortTarget.VERSION))))
        .containsExactly("a", "b", "d", "c");
    var best = shard.range(sorted(SortOrder.DESCEND, SortTarget.VALUE).setLimit(1));
    assertThat(best.getKvs(0).getValue()).isEqualTo(Requests.bytes("9"));
    assertThat(best.getMore()).isTrue();
  }

  /// §6 no. 16 and 20, §2.3 "keys_only".
  @Test
  void keysOnlyHasNeitherValueNorLease() {
    putFour();
    var plain = shard.range(range("d").setKeysOnly(true)).getKvs(0);
    assertThat(plain.getLease()).isZero();
    assertThat(plain.getValue().isEmpty()).isTrue();
    assertThat(plain.getModRevision()).isEqualTo(2);
    assertThat(shard.range(range("d")).getKvs(0).getLease()).isEqualTo(7);
    assertThat(shard.range(range("d", "e").setKeysOnly(true)).getKvs(0).getLease()).isZero();
    var byValue = sorted(SortOrder.DESCEND, SortTarget.VALUE).setKeysOnly(true);
    assertThat(keys(shard.range(byValue))).containsExactly("a", "b", "c", "d");
    assertThat(shard.range(byValue).getKvs(3).getLease()).isEqualTo(7);
    assertThat(shard.range(byValue).getKvs(3).getValue().isEmpty()).isTrue();
  }

  /// §6 no. 18 and 19, §2.3 "revision".
  @Test
  void revisionsOutsideOfHistoryAreRefused() {
    putFour();
    shard.done(compact(4));
    assertThat(keys(shard.range(all().setRevision(4)))).containsExactly("a", "b", "d");
    assertThat(readRejection(all().setRevision(3))).isEqualTo(new Rejection.Compacted(4));
    assertThat(readRejection(all().setRevision(6))).isEqualTo(new Rejection.FutureRevision(5));
    assertThat(shard.range(all().setRevision(-5)).getCount()).isEqualTo(4);
  }

  private Rejection readRejection(RangeRequest.Builder request) {
    return shard.readRejection(new ShardQuery.Range(request.build()));
  }

  @Test
  void uncountedRangeLeavesTheCountOut() {
    putFour();
    var query = new ShardQuery.Range(all().setLimit(1).setRevision(4).build(), false);
    var response = shard.read(query).response();
    assertThat(response.getCount()).isZero();
    assertThat(response.getMore()).isTrue();
  }

  /// A run reads one revision, however many commands are applied between its steps.
  @Test
  void runKeepsItsRevisionWhileOthersWrite() {
    for (int i = 0; i < 50; i++) {
      shard.put("k%02d".formatted(i), "old");
    }
    var requests =
        List.of(
            all(), all().setLimit(40), sorted(SortOrder.DESCEND, SortTarget.CREATE).setLimit(45));
    for (RangeRequest.Builder request : requests) {
      var expected = shard.range(request.setRevision(51));
      var run = shard.machine.query(new ShardQuery.Range(request.setRevision(0).build()));
      long begun = shard.machine.revision();
      int steps = 0;
      while (run.step(3)) {
        shard.put("k%02d".formatted(steps % 60), "new");
        shard.delete(Requests.delete("k%02d".formatted((steps * 7) % 50)));
        steps++;
      }
      assertThat(steps).isGreaterThan(10);
      assertThat(run.result().revision()).isEqualTo(begun);
      if (begun == 51) {
        assertThat(run.result().response().build()).isEqualTo(expected);
      } else {
        assertThat(run.result().response().build())
            .isEqualTo(shard.range(request.setRevision(begun)));
      }
    }
  }

  @Test
  void runIsRefusedWhenACompactionOvertakesIt() {
    for (int i = 0; i < 20; i++) {
      shard.put("k" + i, "old");
    }
    var plain = shard.machine.query(new ShardQuery.Range(all().build()));
    var sorting =
        shard.machine.query(
            new ShardQuery.Range(sorted(SortOrder.DESCEND, SortTarget.MOD).setLimit(9).build()));
    assertThat(plain.step(5)).isTrue();
    assertThat(sorting.step(24)).as("scanned, rows still come out").isTrue();
    shard.put("k3", "new");
    shard.done(compact(shard.machine.revision()));
    shard.finishCompaction();
    assertThat(plain.step(5)).isFalse();
    assertThat(plain.rejection()).isEqualTo(new Rejection.Compacted(22));
    assertThat(sorting.step(50)).isFalse();
    assertThat(sorting.rejection()).isEqualTo(new Rejection.Compacted(22));
  }

  /// §2.11 "HashKV".
  @Test
  void hashIsRefusedOutsideOfHistory() {
    putFour();
    shard.done(compact(3));
    var reply = shard.read(new ShardQuery.HashKv(0));
    assertThat(reply.response().getHashRevision()).isEqualTo(5);
    assertThat(reply.response().getCompactRevision()).isEqualTo(3);
    assertThat(reply.response().getHash()).isEqualTo((int) shard.hash(5));
    assertThat(shard.hash(4)).isNotEqualTo(shard.hash(5));
    assertThat(shard.readRejection(new ShardQuery.HashKv(6)))
        .isEqualTo(new Rejection.FutureRevision(5));
    assertThat(shard.readRejection(new ShardQuery.HashKv(2))).isEqualTo(new Rejection.Compacted(3));
    assertThat(shard.done(command(put("a", "1"))).revision()).isEqualTo(6);
  }
}
