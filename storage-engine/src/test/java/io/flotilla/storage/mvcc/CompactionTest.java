package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Contract §2.7 and assertions 36 to 38.
final class CompactionTest {
  private final TestStore test = new TestStore();

  @AfterEach
  void rulesBetweenTreesHold() {
    test.close();
  }

  private long records() {
    return test.file().tree(MvccTrees.REVISIONS).size();
  }

  private long indexed() {
    return test.file().tree(MvccTrees.KEYS).size();
  }

  private Rejection refusal(long revision) {
    return MvccModelTest.rejectionOf(() -> test.store().startCompaction(revision));
  }

  @Test
  void neverCompactedStoreTakesZeroOnceAndNotMinusOne() {
    assertThat(refusal(-1)).isEqualTo(new Rejection.Compacted(-1));
    test.compact(0);
    assertThat(test.store().compactRevision()).isZero();
    assertThat(refusal(0)).isEqualTo(new Rejection.Compacted(0));
  }

  @Test
  void compactingTwiceOrAheadIsRefused() {
    test.put("a", "1");
    test.put("a", "2");
    test.compact(3);
    assertThat(refusal(3)).isEqualTo(new Rejection.Compacted(3));
    assertThat(refusal(2)).isEqualTo(new Rejection.Compacted(3));
    assertThat(refusal(4)).isEqualTo(new Rejection.FutureRevision(3));
  }

  @Test
  void readsBelowAreRefusedAsSoonAsTheMarkIsSet() {
    test.put("a", "1");
    test.put("a", "2");
    test.put("a", "3");
    test.store().startCompaction(3);
    assertThat(test.store().scheduledCompaction()).isEqualTo(3);
    assertThat(test.store().refusal(2)).isEqualTo(new Rejection.Compacted(3));
    assertThat(test.get("a", 3)).isEqualTo("a=2 2.3.2");
    assertThat(records()).isEqualTo(3);
    test.finishCompaction();
    assertThat(test.store().scheduledCompaction()).isEqualTo(-1);
    assertThat(test.get("a", 3)).isEqualTo("a=2 2.3.2");
    assertThat(test.get("a", 4)).isEqualTo("a=3 2.4.3");
    assertThat(records()).isEqualTo(2);
  }

  /// Assertion 37: the delete at the compaction revision is still delivered, without prev_kv.
  @Test
  void tombstoneAtTheCompactionRevisionStaysInHistory() {
    test.put("a", "1"); // 2
    test.delete("a"); // 3
    test.compact(3);
    assertThat(test.history(3)).containsExactly("3.0 -a");
    HistoryScan scan = test.store().history(3, 3);
    assertThat(scan.next()).isTrue();
    assertThat(scan.previous()).isNull();
    assertThat(MvccModelTest.rejectionOf(() -> test.store().history(2, 3)))
        .isEqualTo(new Rejection.Compacted(3));
    assertThat(test.get("a", 3)).isEqualTo("none");
    assertThat(records()).isEqualTo(1);
    test.put("b", "1"); // 4
    test.compact(4);
    assertThat(records()).as("the tombstone is gone now").isEqualTo(1);
    assertThat(indexed()).isEqualTo(1);
  }

  /// Assertion 38.
  @Test
  void eventWhosePreviousVersionIsCompactedStillArrives() {
    test.put("a", "1"); // 2
    test.put("a", "2"); // 3
    test.put("a", "3"); // 4
    test.compact(3);
    HistoryScan scan = test.store().history(3, 4);
    assertThat(scan.next()).isTrue();
    assertThat(scan.previous()).isNull();
    assertThat(scan.next()).isTrue();
    KeyValue previous = scan.previous();
    assertThat(previous).isNotNull();
    assertThat(TestStore.text(previous)).isEqualTo("a=2 2.3.2");
  }

  @Test
  void deadKeysLeaveTheIndexAndMayComeBack() {
    test.put("a", "1"); // 2
    test.delete("a"); // 3
    test.put("b", "1"); // 4
    test.compact(4);
    assertThat(indexed()).isEqualTo(1);
    assertThat(records()).isEqualTo(1);
    test.put("a", "2"); // 5
    assertThat(test.get("a")).isEqualTo("a=2 5.5.1");
    assertThat(test.get("a", 4)).isEqualTo("none");
  }

  /// A tombstone that the mark condemned but no step has removed yet must not show in new records.
  @Test
  void keyComesBackWhileItsTombstoneWaitsForRemoval() {
    test.put("a", "1"); // 2
    test.delete("a"); // 3
    test.put("b", "1"); // 4
    test.store().startCompaction(4);
    test.put("a", "2"); // 5
    test.verify();
    test.finishCompaction();
    assertThat(test.get("a", 4)).isEqualTo("none");
    assertThat(test.get("a", 5)).isEqualTo("a=2 5.5.1");
    assertThat(records()).isEqualTo(2);
  }

  @Test
  void survivorOfAnEarlierCompactionDiesOnceSuperseded() {
    test.put("a", "1"); // 2
    for (int i = 0; i < 20; i++) {
      test.put("b", "x" + i); // 3..22
    }
    test.compact(20);
    assertThat(records()).as("a, b at 20, 21, 22").isEqualTo(4);
    test.put("a", "2"); // 23
    test.put("a", "3"); // 24
    test.compact(23);
    assertThat(test.get("a", 23)).isEqualTo("a=2 2.23.2");
    assertThat(records()).as("b at 22, a at 23 and 24").isEqualTo(3);
  }

  @Test
  void everythingAtTheCompactionRevisionIsKeptWhole() {
    test.put("b", "old"); // 2
    MvccWriter writer = test.store().begin(3);
    writer.delete(Key.utf8("b"));
    writer.put(Key.utf8("b"), "new".getBytes(UTF_8), 0);
    writer.seal();
    test.compact(3);
    assertThat(test.history(3)).containsExactly("3.0 -b", "3.1 b=new 3.3.1");
    test.put("c", "1"); // 4
    test.compact(4);
    assertThat(test.range(KeyRange.ALL, 4)).containsExactly("b=new 3.3.1", "c=1 4.4.1");
    assertThat(records()).isEqualTo(2);
  }

  @Test
  void removalGoesOnAfterARestart() {
    for (int i = 0; i < 40; i++) {
      test.put("k" + i % 4, "v" + i);
    }
    test.store().startCompaction(test.store().revision());
    assertThat(test.store().compactStep(7)).isTrue();
    test.checkpoint();
    long left = records();
    test.store().compactStep(30);
    assertThat(records()).isLessThan(left);
    test.reopen();
    assertThat(records()).isEqualTo(left);
    assertThat(test.store().scheduledCompaction()).isEqualTo(41);
    test.finishCompaction();
    assertThat(records()).isEqualTo(4);
  }

  @Test
  void laterCompactionTakesOverAnUnfinishedOne() {
    for (int i = 0; i < 40; i++) {
      test.put("k" + i % 4, "v" + i);
    }
    test.store().startCompaction(20);
    test.store().compactStep(5);
    test.store().startCompaction(41);
    test.finishCompaction();
    assertThat(records()).isEqualTo(4);
  }

  @Test
  void stepLooksAtNoMoreThanItsBudget() {
    for (int i = 0; i < 30; i++) {
      test.put("a", "v" + i); // 2..31
    }
    test.store().startCompaction(31);
    int steps = 1;
    while (test.store().compactStep(4)) {
      steps++;
    }
    assertThat(steps).isEqualTo(8);
    assertThat(test.store().compactStep(4)).isFalse();
  }

  /// Removal is paced by each replica's load; what is written must not show it.
  @Test
  void replicasHoldTheSameBytesOnceRemovalIsDone() {
    var random = new Random(7);
    try (var eager = new TestStore();
        var lazy = new TestStore()) {
      for (int round = 0; round < 300; round++) {
        String key = "k" + random.nextInt(6);
        boolean delete = random.nextInt(3) == 0 && eager.store().meta(Key.utf8(key)) != null;
        int behind = random.nextInt(4);
        for (TestStore replica : List.of(eager, lazy)) {
          if (delete) {
            replica.delete(key);
          } else {
            replica.put(key, "v" + round);
          }
          if (round % 10 == 9) {
            replica.store().startCompaction(replica.store().revision() - behind);
          }
        }
        eager.store().compactStep(1000);
        lazy.store().compactStep(1 + round % 2);
      }
      assertThat(lazy.store().scheduledCompaction()).as("they did differ").isPositive();
      lazy.store().compactStep(1000);
      for (String tree : List.of("revisions", "keys", "leases", "meta")) {
        assertThat(lazy.dump(tree)).as(tree).isEqualTo(eager.dump(tree));
      }
    }
  }

  @Test
  void scanOfACompactedRevisionEndsInARefusal() {
    test.put("a", "1");
    test.put("b", "1");
    test.put("b", "2");
    RangeScan scan = test.store().scan(KeyRange.ALL, 3);
    HistoryScan history = test.store().history(2, 4);
    assertThat(scan.next()).isTrue();
    assertThat(history.next()).isTrue();
    test.compact(4);
    assertThat(MvccModelTest.rejectionOf(scan::next)).isEqualTo(new Rejection.Compacted(4));
    assertThat(MvccModelTest.rejectionOf(history::next)).isEqualTo(new Rejection.Compacted(4));
  }
}
