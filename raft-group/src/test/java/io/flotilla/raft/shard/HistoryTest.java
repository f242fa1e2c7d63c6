package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.compact;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private final TestShard shard = new TestShard();

  @AfterEach
  void close() {
    shard.close();
  }

  private static ShardQuery.History history(KeyRange keys, long from, int revisions, int bytes) {
    return new ShardQuery.History(keys, from, Long.MAX_VALUE, revisions, bytes, false);
  }

  private static List<Long> revisions(HistoryPage page) {
    return page.events().stream().map(ChangeEvent::revision).toList();
  }

  /// §6 no. 50: pages are cut by revisions, not by events.
  @Test
  void pageNeverSplitsARevision() {
    for (int i = 0; i < 6; i++) {
      shard.txn(txn(op(put("a" + i, "1")), op(put("b", "1"))));
    }
    HistoryPage first = shard.read(history(KeyRange.ALL, 2, 4, 1 << 20));
    assertThat(revisions(first)).containsExactly(2L, 2L, 3L, 3L, 4L, 4L, 5L, 5L);
    assertThat(first.nextRevision()).isEqualTo(6);
    assertThat(first.storeRevision()).isEqualTo(7);
    HistoryPage rest = shard.read(history(KeyRange.ALL, first.nextRevision(), 4, 1 << 20));
    assertThat(revisions(rest)).containsExactly(6L, 6L, 7L, 7L);
    assertThat(rest.nextRevision()).isEqualTo(8);
    HistoryPage byBytes = shard.read(history(KeyRange.ALL, 2, 100, 1));
    assertThat(revisions(byBytes)).as("one revision is the least").containsExactly(2L, 2L);
    assertThat(byBytes.nextRevision()).isEqualTo(3);
  }

  @Test
  void onlyEventsOfTheRangeCount() {
    for (int i = 0; i < 300; i++) {
      shard.put(i % 100 == 50 ? "wanted" : "other", "1");
    }
    KeyRange wanted = KeyRange.single(Key.utf8("wanted"));
    HistoryPage page = shard.read(history(wanted, 2, 2, 1 << 20));
    assertThat(revisions(page)).containsExactly(52L, 152L);
    assertThat(page.nextRevision()).isEqualTo(252);
    HistoryPage rest = shard.read(history(wanted, 252, 2, 1 << 20));
    assertThat(revisions(rest)).containsExactly(252L);
    assertThat(rest.nextRevision()).isEqualTo(302);
    HistoryPage none = shard.read(history(wanted, 302, 2, 1 << 20));
    assertThat(none.events()).isEmpty();
    assertThat(none.nextRevision()).isEqualTo(302);
  }

  @Test
  void futureStartGivesNothingAndStaysWhereItIs() {
    HistoryPage page = shard.read(history(KeyRange.ALL, 9, 5, 1000));
    assertThat(page.events()).isEmpty();
    assertThat(page.nextRevision()).isEqualTo(9);
  }

  @Test
  void endIsInclusive() {
    for (int i = 0; i < 5; i++) {
      shard.put("a", "" + i);
    }
    var query = new ShardQuery.History(KeyRange.ALL, 3, 4, 10, 1000, true);
    HistoryPage page = shard.read(query);
    assertThat(revisions(page)).containsExactly(3L, 4L);
    assertThat(page.nextRevision()).isEqualTo(5);
    var previous = page.events().getFirst().eventWithPrevious().getPrevKv();
    assertThat(previous.getModRevision()).isEqualTo(2);
  }

  @Test
  void runGoesOnWhileOthersWriteAndCompact() {
    for (int i = 0; i < 40; i++) {
      shard.put("a", "" + i);
    }
    var run = shard.machine.query(history(KeyRange.ALL, 20, 1000, 1 << 20));
    List<Boolean> more = new ArrayList<>();
    boolean going = true;
    while (going) {
      going = run.step(4);
      more.add(going);
      shard.delete(delete("a"));
      shard.put("a", "new");
      if (more.size() == 2) {
        shard.done(compact(20));
        shard.finishCompaction();
      }
    }
    assertThat(more).hasSizeGreaterThan(4);
    assertThat(run.result().events()).hasSize(22);
    assertThat(run.result().nextRevision()).isEqualTo(42);
  }

  @Test
  void runIsRefusedWhenACompactionOvertakesIt() {
    for (int i = 0; i < 40; i++) {
      shard.put("a", "" + i);
    }
    var run = shard.machine.query(history(KeyRange.ALL, 2, 1000, 1 << 20));
    assertThat(run.step(4)).isTrue();
    shard.done(compact(30));
    assertThat(run.step(4)).isFalse();
    assertThat(run.rejection()).isEqualTo(new Rejection.Compacted(30));
  }
}
