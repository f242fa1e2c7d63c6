package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.ON;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.compact;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Puts, deletes and compactions as the contract has them; "§6 no. n" cites its assertions.
class WriteContractTest {
  private final TestShard shard = new TestShard();

  @AfterEach
  void close() {
    shard.close();
  }

  private KeyValue only(String key) {
    return shard.range(range(key)).getKvs(0);
  }

  /// §6 no. 1.
  @Test
  void freshStoreIsAtRevisionOneAndTheFirstPutTakesTwo() {
    assertThat(shard.read(new ShardQuery.Range(range("a").build())).revision()).isEqualTo(1);
    assertThat(shard.done(command(put("a", "1"))).revision()).isEqualTo(2);
  }

  /// §6 no. 2, §2.5 "Delete of nothing".
  @Test
  void deletingNothingTakesNoRevision() {
    shard.put("a", "1");
    var done = shard.done(command(delete("missing")));
    assertThat(done.revision()).isEqualTo(2);
    assertThat(shard.delete(delete("z", "a")).getDeleted()).isZero();
    assertThat(shard.machine.revision()).isEqualTo(2);
  }

  /// §2.5 "Effect", "Re-create after delete".
  @Test
  void versionCountsPutsSinceCreation() {
    shard.put("a", "1");
    shard.put("a", "2");
    assertThat(only("a").getVersion()).isEqualTo(2);
    assertThat(only("a").getCreateRevision()).isEqualTo(2);
    assertThat(only("a").getModRevision()).isEqualTo(3);
    shard.delete(delete("a"));
    shard.put("a", "3");
    assertThat(only("a").getVersion()).isEqualTo(1);
    assertThat(only("a").getCreateRevision()).isEqualTo(5);
  }

  /// §6 no. 9.
  @Test
  void ignoreValueKeepsTheValueAndCountsAsAChange() {
    shard.put("a", "same");
    shard.put(put("a", "").setIgnoreValue(true));
    assertThat(only("a").getValue()).isEqualTo(Requests.bytes("same"));
    assertThat(only("a").getVersion()).isEqualTo(2);
    assertThat(only("a").getModRevision()).isEqualTo(3);
  }

  /// §2.5 "lease", §6 no. 22.
  @Test
  void putWithoutLeaseDetachesAndIgnoreLeaseKeeps() {
    shard.put(put("a", "1").setLease(7));
    shard.put(put("a", "2").setIgnoreLease(true));
    assertThat(only("a").getLease()).isEqualTo(7);
    assertThat(shard.read(new ShardQuery.KeysOfLease(7))).containsExactly(Key.utf8("a"));
    shard.put(put("a", "3"));
    assertThat(only("a").getLease()).isZero();
    assertThat(shard.read(new ShardQuery.KeysOfLease(7))).isEmpty();
    assertThat(shard.machine.deleteKeysOfLease(7)).isEqualTo(4);
    assertThat(shard.range(range("a")).getCount()).isEqualTo(1);
  }

  /// §6 no. 21: the lease is looked up first, outside of a txn.
  @Test
  void unknownLeaseIsFoundBeforeMissingKey() {
    var put = put("a", "").setIgnoreValue(true).setLease(99);
    assertThat(shard.rejection(command(put))).isEqualTo(new Rejection.LeaseNotFound(99));
    put.setLease(7);
    assertThat(shard.rejection(command(put))).isEqualTo(new Rejection.KeyNotFound());
    var keep = put("a", "v").setIgnoreLease(true);
    assertThat(shard.rejection(command(keep))).isEqualTo(new Rejection.KeyNotFound());
    assertThat(shard.machine.revision()).isEqualTo(1);
  }

  @Test
  void emptyKeyNeverReachesTheStore() {
    assertThat(shard.rejection(command(put("", "1")))).isEqualTo(new Rejection.KeyNotFound());
    assertThat(shard.delete(delete("")).getDeleted()).isZero();
  }

  /// §2.5 "prev_kv".
  @Test
  void putReturnsThePreviousPairWithItsLease() {
    assertThat(shard.put(put("a", "1").setLease(7).setPrevKv(true)).hasPrevKv()).isFalse();
    KeyValue previous = shard.put(put("a", "2").setPrevKv(true)).getPrevKv();
    assertThat(previous.getLease()).isEqualTo(7);
    assertThat(previous.getModRevision()).isEqualTo(2);
    assertThat(previous.getValue()).isEqualTo(Requests.bytes("1"));
  }

  /// §2.5 "Delete of N keys", §6 no. 46 and 47.
  @Test
  void deleteTakesOneRevisionAndReturnsPairsInKeyOrder() {
    List.of("c", "a", "b").forEach(key -> shard.put(put(key, "v" + key).setLease(3)));
    var deleted = shard.delete(delete("a", ON).setPrevKv(true));
    assertThat(deleted.getDeleted()).isEqualTo(3);
    assertThat(deleted.getPrevKvsList().stream().map(kv -> Requests.text(kv.getKey())))
        .containsExactly("a", "b", "c");
    assertThat(shard.machine.revision()).isEqualTo(5);
    assertThat(shard.read(new ShardQuery.KeysOfLease(3))).isEmpty();
    var events = history(5);
    assertThat(events).hasSize(3).allMatch(e -> e.getType() == Event.EventType.DELETE);
    var expected = KeyValue.newBuilder().setKey(Requests.bytes("a")).setModRevision(5).build();
    assertThat(events.getFirst().getKv()).isEqualTo(expected);
    assertThat(events.getFirst().getPrevKv().getValue()).isEqualTo(Requests.bytes("va"));
  }

  private List<Event> history(long from) {
    var query = new ShardQuery.History(KeyRange.ALL, from, Long.MAX_VALUE, 1000, 1 << 20, true);
    return shard.read(query).events().stream().map(ChangeEvent::eventWithPrevious).toList();
  }

  /// §6 no. 8, 54 and 59: one revision for all keys of a lease, none without keys.
  @Test
  void keysOfALeaseGoInOneRevision() {
    assertThat(shard.machine.deleteKeysOfLease(7)).isEqualTo(1);
    shard.put(put("b", "1").setLease(7));
    shard.put(put("a", "1").setLease(7));
    shard.put(put("c", "1").setLease(8));
    assertThat(shard.machine.deleteKeysOfLease(7)).isEqualTo(5);
    assertThat(history(5).stream().map(e -> Requests.text(e.getKv().getKey())))
        .containsExactly("a", "b");
    assertThat(history(5).getFirst().getPrevKv().getLease()).isEqualTo(7);
    assertThat(shard.range(range("a", ON)).getCount()).isEqualTo(1);
  }

  /// §6 no. 36, §2.7.
  @Test
  void compactionIsRefusedAboveTheRevisionAndWhenRepeated() {
    shard.put("a", "1");
    shard.put("a", "2");
    assertThat(shard.rejection(compact(4))).isEqualTo(new Rejection.FutureRevision(3));
    assertThat(shard.done(compact(2)).revision()).isEqualTo(3);
    assertThat(shard.rejection(compact(2))).isEqualTo(new Rejection.Compacted(2));
    assertThat(shard.done(compact(3)).revision()).isEqualTo(3);
  }

  /// §2.7 "never compacted store": the mark is -1.
  @Test
  void compactionToZeroSucceedsOnce() {
    assertThat(shard.rejection(compact(-1))).isEqualTo(new Rejection.Compacted(-1));
    assertThat(shard.done(compact(0)).revision()).isEqualTo(1);
    assertThat(shard.rejection(compact(0))).isEqualTo(new Rejection.Compacted(0));
  }

  /// §6 no. 37 and 38.
  @Test
  void tombstoneAtTheCompactRevisionStaysVisibleWithoutPreviousPair() {
    shard.put("a", "1");
    shard.delete(delete("a"));
    shard.done(compact(3));
    shard.finishCompaction();
    List<Event> events = history(3);
    assertThat(events).hasSize(1);
    assertThat(events.getFirst().getType()).isEqualTo(Event.EventType.DELETE);
    assertThat(events.getFirst().getKv().getModRevision()).isEqualTo(3);
    assertThat(events.getFirst().hasPrevKv()).isFalse();
    var below = new ShardQuery.History(KeyRange.ALL, 2, 9, 10, 1000, false);
    assertThat(shard.readRejection(below)).isEqualTo(new Rejection.Compacted(3));
  }

  /// The answer to a physical compaction waits for this (§2.7 "physical").
  @Test
  void physicalCompactionIsFinishedWhenNothingIsScheduled() {
    for (int i = 0; i < 40; i++) {
      shard.put("a", "" + i);
    }
    shard.done(compact(40));
    assertThat(shard.machine.compacting()).isTrue();
    var run = shard.machine.query(new ShardQuery.CompactionFinished());
    int steps = 1;
    while (run.step(5)) {
      steps++;
    }
    assertThat(steps).isGreaterThan(3);
    assertThat(run.result()).isEqualTo(40);
    assertThat(shard.machine.compacting()).isFalse();
  }

  @Test
  void nobodyListeningMeansNoEvents() {
    shard.machine.listen(MutationListener.NONE); // it fails when it is told anything
    shard.put("a", "1");
    assertThat(shard.machine.revision()).isEqualTo(2);
  }

  /// One event serves every watcher, and looks its previous pair up once.
  @Test
  void eventsAreMadeOnceAndShared() {
    var heard = new java.util.HashMap<Long, ChangeEvent>();
    shard.machine.listen(
        new MutationListener() {
          @Override
          public boolean listening() {
            return true;
          }

          @Override
          public void onMutation(long revision, List<ChangeEvent> events) {
            heard.put(revision, events.getFirst());
          }
        });
    shard.put("a", "1");
    shard.put("a", "2");
    ChangeEvent second = Map.copyOf(heard).get(3L);
    assertThat(second.event()).isSameAs(second.event()).matches(event -> !event.hasPrevKv());
    Event withPrevious = second.eventWithPrevious();
    assertThat(withPrevious.getPrevKv().getValue()).isEqualTo(Requests.bytes("1"));
    assertThat(second.eventWithPrevious()).isSameAs(withPrevious);
    assertThat(heard.get(2L).eventWithPrevious().hasPrevKv()).isFalse();
    assertThat(heard.get(2L).creates()).isTrue();
  }
}
