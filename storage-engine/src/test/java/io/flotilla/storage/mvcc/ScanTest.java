package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.Checkpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ScanTest {
  @Test
  void rangeScanGoesOnWhileTheStoreChanges() {
    try (var test = new TestStore()) {
      for (int i = 10; i < 60; i++) {
        test.put("k" + i, "v");
      }
      long at = test.store().revision();
      List<String> before = test.range(KeyRange.ALL, at);
      List<String> seen = new ArrayList<>();
      RangeScan scan = test.store().scan(KeyRange.ALL, at);
      for (int i = 10; scan.next(); i++) {
        seen.add(TestStore.text(scan.keyValue()));
        test.put("k" + i + "x", "new");
        test.delete("k" + i);
        test.put("k" + (69 - i), "changed");
      }
      assertThat(seen).isEqualTo(before);
    }
  }

  @Test
  void historyScanGoesOnWhileTheStoreChanges() {
    try (var test = new TestStore()) {
      for (int i = 0; i < 30; i++) {
        test.put("k" + i % 7, "v" + i);
      }
      List<String> seen = new ArrayList<>();
      HistoryScan scan = test.store().history(5, Long.MAX_VALUE);
      while (scan.next()) {
        seen.add(scan.revision() + " " + TestStore.text(scan.keyValue()));
        test.put("k0", "later");
      }
      assertThat(seen).as("only what was there at the start").hasSize(27);
      assertThat(scan.toRevision()).isEqualTo(31);
      assertThat(seen.getFirst()).startsWith("5 ");
      assertThat(seen.getLast()).startsWith("31 ");
    }
  }

  @Test
  void liveKeysHaveRanksInARange() {
    try (var test = new TestStore()) {
      for (int i = 100; i < 900; i++) {
        test.put("k" + i, "v");
      }
      for (int i = 100; i < 900; i += 3) {
        test.delete("k" + i);
      }
      var range = new KeyRange(Key.utf8("k200"), Key.utf8("k5"));
      List<String> live = test.range(range, test.store().revision());
      assertThat(test.store().liveKeys(range)).isEqualTo(live.size());
      for (int below = 0; below < live.size(); below++) {
        Key key = test.store().liveKey(range, below);
        assertThat(live.get(below)).startsWith(String.valueOf(key));
      }
      assertThat(test.store().liveKey(range, live.size())).isNull();
      assertThat(test.store().liveKey(KeyRange.from(Key.utf8("x")), 0)).isNull();
    }
  }

  @Test
  void changedKeysComeInTheOrderOfTheirChanges() {
    try (var test = new TestStore()) {
      for (int i = 0; i < 20; i++) {
        test.put("k" + i % 4, "v" + i);
      }
      var range = new KeyRange(Key.utf8("k1"), Key.utf8("k3"));
      assertThat(test.store().changedKeys(range, 10, 8))
          .containsExactly(Key.utf8("k1"), Key.utf8("k2"), Key.utf8("k1"), Key.utf8("k2"));
      assertThat(test.store().changedKeys(range, 22, 8)).isEmpty();
      test.compact(15);
      assertThat(test.store().changedKeys(KeyRange.ALL, 2, 3)).hasSize(3);
    }
  }

  /// A checkpoint, and moving pages down in the file, puts every page elsewhere.
  @Test
  void scansGoOnWhilePagesMove() throws IOException {
    try (var test = new TestStore()) {
      KeyedState state = test.store().component("c");
      for (int i = 1000; i < 1500; i++) {
        test.put("k" + i, "v".repeat(i % 40));
        state.putLong(("s" + i).getBytes(UTF_8), i);
      }
      test.checkpoint();
      for (int i = 1000; i < 1400; i++) {
        test.put("k" + i, "w");
      }
      test.compact(test.store().revision() - 450);
      long at = test.store().revision() - 400;
      List<String> expected = test.range(KeyRange.ALL, at);
      List<String> history = test.history(at);
      RangeScan scan = test.store().scan(KeyRange.ALL, at);
      HistoryScan changes = test.store().history(at, Long.MAX_VALUE);
      KeyedState.Scan entries = state.scan(new byte[0]);
      for (int i = 0; i < 500; i++) {
        assertThat(scan.next() && entries.next()).isTrue();
        assertThat(changes.next()).isEqualTo(i < history.size());
        if (i % 11 == 0) {
          Checkpoint checkpoint = test.file().beginCheckpoint();
          state.putLong("zz".getBytes(UTF_8), i);
          checkpoint.run();
          test.file().relocate(8);
          test.file().endCheckpoint(checkpoint);
        }
        assertThat(TestStore.text(scan.keyValue())).isEqualTo(expected.get(i));
        if (i < history.size()) {
          assertThat(history.get(i)).endsWith(TestStore.text(changes.keyValue()));
        }
        assertThat(entries.key()).isEqualTo(("s" + (1000 + i)).getBytes(UTF_8));
      }
      assertThat(scan.next()).isFalse();
      assertThat(changes.next()).isFalse();
    }
  }

  /// With every record gone, a scan for keys and a count still answer: they never open one.
  @Test
  void keysAndCountsTouchNoRecord() {
    var test = new TestStore();
    for (int i = 10; i < 30; i++) {
      test.put("k" + i, "v", i);
    }
    test.put("k10", "w");
    long at = test.store().revision();
    test.put("k11", "w");
    BTree records = test.file().tree(MvccTrees.REVISIONS);
    for (long main = 2; main <= at + 1; main++) {
      byte[] key = new byte[RecordLayout.KEY_SIZE];
      RecordLayout.putKey(key, main, 0);
      records.delete(key);
    }
    assertThat(test.store().count(KeyRange.ALL, at + 1)).isEqualTo(20);
    assertThat(test.store().count(KeyRange.ALL, at)).isEqualTo(20);
    RangeScan scan = test.store().scan(KeyRange.ALL, at + 1);
    int keys = 0;
    while (scan.next()) {
      keys++;
      assertThat(scan.key().toString()).startsWith("k");
      assertThat(scan.modRevision() + scan.createRevision() + scan.version()).isPositive();
    }
    assertThat(keys).isEqualTo(20);
    assertThatThrownBy(test.store().scan(KeyRange.ALL, at + 1)::value)
        .isInstanceOf(InvariantViolation.class);
  }

  @Test
  void stepLooksAtNoMoreThanItsBudget() {
    try (var test = new TestStore()) {
      for (int i = 100; i < 200; i++) {
        test.put("k" + i, "v");
        test.delete("k" + i);
      }
      test.put("z", "v");
      RangeScan scan = test.store().scan(KeyRange.ALL, test.store().head());
      for (int i = 0; i < 10; i++) {
        assertThat(scan.step(10)).isEqualTo(ScanStep.PAUSED);
      }
      assertThat(scan.step(10)).isEqualTo(ScanStep.ENTRY);
      assertThat(scan.key()).isEqualTo(Key.utf8("z"));
      assertThat(scan.step(10)).isEqualTo(ScanStep.END);
      HistoryScan history = test.store().history(KeyRange.single(Key.utf8("z")), 0, Long.MAX_VALUE);
      for (int i = 0; i < 4; i++) {
        assertThat(history.step(50)).isEqualTo(ScanStep.PAUSED);
      }
      assertThat(history.step(50)).isEqualTo(ScanStep.ENTRY);
      assertThat(history.step(50)).isEqualTo(ScanStep.END);
      assertThat(history.step(50)).isEqualTo(ScanStep.END);
    }
  }

  @Test
  void entryIsNotReadAfterTheStoreChanged() {
    try (var test = new TestStore()) {
      test.put("a", "1");
      RangeScan scan = test.store().scan(KeyRange.ALL, 2);
      HistoryScan history = test.store().history(2, 2);
      assertThatThrownBy(scan::key).isInstanceOf(InvariantViolation.class);
      assertThatThrownBy(history::key).isInstanceOf(InvariantViolation.class);
      assertThat(scan.next() && history.next()).isTrue();
      test.put("b", "1");
      assertThatThrownBy(scan::value).isInstanceOf(InvariantViolation.class);
      assertThatThrownBy(history::value).isInstanceOf(InvariantViolation.class);
    }
  }

  /// A key that is written for ever is no trap: any of its revisions is a few steps away.
  @Test
  void keyWithManyRevisionsIsReadInLogarithmicSteps() {
    int revisions = 100_000;
    try (var test = new TestStore()) {
      MvccStore store = test.store();
      for (int i = 0; i < revisions; i++) {
        test.put("a", Integer.toString(i));
      }
      var records = new RecordCursor(test.file().tree(MvccTrees.REVISIONS));
      int worst = 0;
      for (long at = 2; at <= revisions + 1; at += 97) {
        assertThat(records.seekNewest(store.revision(), 0, at)).isTrue();
        worst = Math.max(worst, records.steps());
        assertThat(records.main()).isEqualTo(at);
      }
      assertThat(worst).isBetween(10, Chain.maxSteps(revisions));
      test.store().startCompaction(revisions / 2);
      while (test.store().compactStep(1000)) {
        assertThat(store.scheduledCompaction()).isEqualTo(revisions / 2);
      }
      for (int i = 0; i < 1000; i++) {
        test.put("a", Integer.toString(revisions + i));
      }
      for (long at = revisions / 2; at <= store.revision(); at += 89) {
        assertThat(records.seekNewest(store.revision(), 0, at)).isTrue();
        assertThat(records.main()).isEqualTo(at);
        assertThat(records.steps()).isLessThanOrEqualTo(Chain.maxSteps(revisions + 1000));
      }
    }
  }
}
