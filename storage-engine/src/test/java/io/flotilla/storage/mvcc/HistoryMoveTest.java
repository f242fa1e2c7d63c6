package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Keys with their history go out of a store, into another one, and away.
final class HistoryMoveTest {
  private static final KeyRange M = new KeyRange(Key.utf8("m"), Key.utf8("n"));

  private final TestStore source = new TestStore();
  private final TestStore target = new TestStore();

  @AfterEach
  void close() {
    source.close();
    target.close();
  }

  private static List<String> export(TestStore store, long compactRevision) {
    List<String> records = new ArrayList<>();
    HistoryScan scan = store.store().export(M, compactRevision, Long.MAX_VALUE);
    while (scan.next()) {
      String what = scan.tombstone() ? "-" + scan.key() : TestStore.text(scan.keyValue());
      records.add(scan.revision() + "." + scan.subRevision() + " " + what);
    }
    return records;
  }

  private void move(long compactRevision) {
    HistoryScan scan = source.store().export(M, compactRevision, Long.MAX_VALUE);
    while (scan.next()) {
      byte[] value = scan.tombstone() ? null : scan.value();
      var numbers =
          new KeyMeta(scan.createRevision(), scan.revision(), scan.version(), scan.lease());
      target.store().importer().add(scan.key(), scan.subRevision(), value, numbers);
      target.verify();
    }
  }

  private void add(String key, long revision, int sub) {
    var numbers = new KeyMeta(revision, revision, 1, 0);
    target.store().importer().add(Key.utf8(key), sub, "v".getBytes(UTF_8), numbers);
  }

  @Test
  void exportIsWhatAFinishedCompactionLeaves() {
    source.put("m1", "a"); // 2
    source.put("m2", "b"); // 3
    source.put("m1", "c", 7); // 4
    source.put("x", "other"); // 5
    source.delete("m2"); // 6
    source.put("m1", "d"); // 7
    source.store().startCompaction(6);
    source.store().holdCompaction(6);
    List<String> kept = List.of("4.0 m1=c 2.4.2 lease 7", "6.0 -m2", "7.0 m1=d 2.7.3");
    assertThat(export(source, 6)).isEqualTo(kept);
    source.store().resumeCompaction();
    source.finishCompaction();
    source.store().holdCompaction(6);
    assertThat(export(source, 6)).isEqualTo(kept);
  }

  @Test
  void exportIsTheSameAfterALaterCompaction() {
    source.put("m1", "a"); // 2
    source.put("y", "1"); // 3
    source.delete("m1"); // 4
    source.store().holdCompaction(-1);
    List<String> before = export(source, -1);
    source.put("y", "2"); // 5
    source.store().startCompaction(5);
    assertThat(source.store().compactStep(100)).as("nothing is due").isFalse();
    assertThat(source.store().scheduledCompaction()).isEqualTo(-1);
    source.put("m1", "b"); // 6
    assertThat(before).containsExactly("2.0 m1=a 2.2.1", "4.0 -m1");
    assertThat(export(source, -1)).containsExactly("2.0 m1=a 2.2.1", "4.0 -m1", "6.0 m1=b 6.6.1");
    source.store().resumeCompaction();
    source.finishCompaction();
    assertThat(source.get("m1")).isEqualTo("m1=b 6.6.1");
  }

  @Test
  void exportOfWhatIsNotHeldIsRefused() {
    source.put("m1", "a"); // 2
    source.put("m1", "b"); // 3
    source.compact(3);
    assertThatThrownBy(() -> export(source, 2)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void exportGoesOnWhereItStopped() {
    for (int i = 0; i < 5; i++) {
      source.put("m" + i, "v"); // 2..6
    }
    HistoryScan first = source.store().export(M, -1, 4);
    assertThat(first.next()).isTrue();
    HistoryScan second =
        source.store().export(M, -1, 5).from(first.nextRevision(), first.nextSubRevision());
    assertThat(second.next()).isTrue();
    assertThat(second.revision()).isEqualTo(3);
    while (second.next()) {
      // to the end
    }
    assertThat(second.nextRevision()).isEqualTo(6);
    assertThat(second.nextSubRevision()).isZero();
  }

  @Test
  void movedKeysReadAsBefore() {
    source.put("m1", "a", 5); // 2
    source.put("m1", "b", 5); // 3
    source.delete("m1"); // 4
    source.put("m1", "c", 6); // 5
    source.put("m2", "d", 5); // 6
    MvccWriter own = target.store().begin(2, 1); // a part of the same mutation
    own.put(Key.utf8("t"), new byte[0], 5);
    own.seal();
    move(-1);
    target.store().advanceTo(6);
    for (long at = 1; at <= 6; at++) {
      assertThat(target.range(M, at)).as("at " + at).isEqualTo(source.range(M, at));
      assertThat(target.store().count(M, at)).isEqualTo(source.store().count(M, at));
    }
    assertThat(target.store().keysOfLease(5)).containsExactly(Key.utf8("m2"), Key.utf8("t"));
    assertThat(target.store().leasesIn(M)).containsExactly(5L, 6L);
    try (HashRun moved = target.store().openHash(6, List.of(M));
        HashRun original = source.store().openHash(6, List.of(M))) {
      while (moved.step(1) | original.step(1)) {
        // to the end
      }
      assertThat(moved.result()).isEqualTo(original.result());
    }
    assertThat(target.put("m1", "e")).isEqualTo(7);
    assertThat(target.get("m1")).isEqualTo("m1=e 5.7.2");
  }

  @Test
  void importsDoNotMoveTheRevision() {
    target.put("t", "1"); // 2
    add("m1", 9, 0);
    assertThat(target.store().revision()).isEqualTo(2);
    assertThat(target.store().count(M, 2)).as("not yet there").isZero();
    target.store().prepareCheckpoint();
    target.checkpoint();
    target.reopen();
    assertThat(target.store().revision()).isEqualTo(2);
    assertThat(target.store().count(M, 2)).isZero();
    assertThat(target.put("t", "2")).isEqualTo(3);
    target.store().advanceTo(12);
    target.store().prepareCheckpoint();
    target.checkpoint();
    target.reopen();
    assertThat(target.store().revision()).isEqualTo(12);
    assertThat(target.put("t", "3")).isEqualTo(13);
    target.checkpoint();
    target.reopen();
    assertThat(target.store().revision()).as("no longer stated").isEqualTo(13);
  }

  @Test
  void firstImportedRecordCountsOn() {
    var numbers = new KeyMeta(3, 8, 4, 0);
    target.store().importer().add(Key.utf8("m1"), 2, new byte[0], numbers);
    target.store().advanceTo(8);
    target.put("m1", "next");
    assertThat(target.get("m1")).isEqualTo("m1=next 3.9.5");
  }

  @Test
  void importsBelowTheCompactionAreCompacted() {
    for (int i = 0; i < 8; i++) {
      target.put("t", "v" + i); // 2..9
    }
    target.compact(8);
    target.store().holdCompaction(Long.MAX_VALUE);
    byte[] value = "v".getBytes(UTF_8);
    HistoryImport importer = target.store().importer();
    importer.add(Key.utf8("m1"), 1, value, new KeyMeta(3, 3, 1, 0));
    importer.add(Key.utf8("m2"), 1, value, new KeyMeta(4, 4, 1, 0));
    importer.add(Key.utf8("m1"), 1, value, new KeyMeta(3, 5, 2, 0));
    importer.add(Key.utf8("m2"), 1, null, new KeyMeta(0, 6, 0, 0));
    importer.add(Key.utf8("m2"), 1, value, new KeyMeta(7, 7, 1, 0));
    target.verify();
    target.store().resumeCompaction();
    assertThat(target.store().scheduledCompaction()).isEqualTo(8);
    target.finishCompaction();
    target.verify();
    assertThat(target.file().tree("revisions").size()).as("t, t, m1, m2").isEqualTo(4);
    assertThat(target.range(M, 8)).containsExactly("m1=v 3.5.2", "m2=v 7.7.1");
  }

  @Test
  void importsOutOfOrderAreRefused() {
    add("m1", 9, 3);
    assertThatThrownBy(() -> add("m1", 9, 3)).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> add("m1", 8, 4)).isInstanceOf(InvariantViolation.class);
    add("m2", 9, 2);
  }

  @Test
  void erasureGoesStepByStepAndTouchesNothingElse() {
    for (int i = 0; i < 40; i++) {
      source.put("m1", "v" + i, i % 3);
      source.put("x", "w" + i, i % 3);
    }
    source.put("m2", "v", 1);
    source.delete("m2");
    source.put("l", "below");
    source.put("n", "above");
    List<String> others = source.history(1).stream().filter(h -> !h.contains(" m")).toList();
    List<String> deleted = source.history(1).stream().filter(h -> h.contains("-m")).toList();
    assertThat(deleted).hasSize(1);
    RangeErasure erasure = source.store().erase(M);
    int steps = 0;
    while (erasure.step(3)) {
      source.verify();
      steps++;
    }
    assertThat(steps).isGreaterThan(10);
    assertThat(source.history(1))
        .isEqualTo(others.stream().filter(h -> !h.contains("-m")).toList());
    assertThat(source.store().leasesIn(M)).isEmpty();
    assertThat(source.store().keysOfLease(0)).isEmpty();
    assertThat(source.range(KeyRange.ALL, source.store().revision())).hasSize(3);
  }

  @Test
  void erasureFindsWhatNoKeyLeadsToAnyMore() {
    source.put("m1", "a"); // 2
    source.put("m1", "b"); // 3
    source.delete("m1"); // 4
    source.put("x", "1"); // 5
    source.store().startCompaction(5);
    source.put("m1", "anew"); // 6
    RangeErasure erasure = source.store().erase(M);
    while (erasure.step(1)) {
      source.verify();
    }
    assertThat(source.file().tree("revisions").size()).as("x").isEqualTo(1);
    source.finishCompaction();
  }

  @Test
  void erasureOfTheNewestRecordLeavesTheRevision() {
    source.put("x", "1"); // 2
    source.put("m1", "a"); // 3
    RangeErasure erasure = source.store().erase(M);
    while (erasure.step(10)) {
      // to the end
    }
    source.store().prepareCheckpoint();
    source.checkpoint();
    source.reopen();
    assertThat(source.store().revision()).isEqualTo(3);
    assertThat(source.put("x", "2")).isEqualTo(4);
  }

  @Test
  void erasedKeysMayComeBack() {
    source.put("m1", "a"); // 2
    source.put("m1", "b"); // 3
    move(-1);
    RangeErasure erasure = target.store().erase(M);
    while (erasure.step(1)) {
      target.verify();
    }
    move(-1);
    target.store().advanceTo(3);
    assertThat(target.range(M, 2)).isEqualTo(source.range(M, 2));
    assertThat(target.range(M, 3)).isEqualTo(source.range(M, 3));
  }

  @Test
  void partsOfOneRevisionHaveTheirOwnSubRevisions() {
    MvccWriter writer = target.store().begin(5, 7);
    writer.put(Key.utf8("a"), new byte[0], 0);
    writer.put(Key.utf8("b"), new byte[0], 0);
    assertThat(writer.changeCount()).isEqualTo(2);
    writer.seal();
    assertThat(target.history(1)).containsExactly("5.7 a= 5.5.1", "5.8 b= 5.5.1");
  }
}
