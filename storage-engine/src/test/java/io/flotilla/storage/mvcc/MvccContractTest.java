package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.base.Revision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The quirks of etcd's contract, §2.3 to §2.6, one by one.
final class MvccContractTest {
  private final TestStore test = new TestStore();
  private final MvccStore store = test.store();

  @AfterEach
  void rulesBetweenTreesHold() {
    test.close();
  }

  @Test
  void newStoreIsAtRevisionOneAndNeverCompacted() {
    assertThat(store.revision()).isEqualTo(Revision.FRESH);
    assertThat(store.compactRevision()).isEqualTo(-1);
    assertThat(store.scheduledCompaction()).isEqualTo(-1);
    assertThat(store.get(Key.utf8("a"), 1)).isNull();
    assertThat(store.count(KeyRange.ALL, 1)).isZero();
    assertThat(test.history(0)).isEmpty();
  }

  @Test
  void putCountsVersionsAndKeepsTheCreateRevision() {
    test.put("a", "1");
    test.put("a", "2");
    test.put("a", "3");
    assertThat(test.get("a", 1)).isEqualTo("none");
    assertThat(test.get("a", 2)).isEqualTo("a=1 2.2.1");
    assertThat(test.get("a", 3)).isEqualTo("a=2 2.3.2");
    assertThat(test.get("a", 4)).isEqualTo("a=3 2.4.3");
  }

  @Test
  void createdAgainStartsAtVersionOne() {
    test.put("a", "1");
    test.put("a", "2");
    test.delete("a");
    test.put("a", "3");
    assertThat(test.get("a", 3)).isEqualTo("a=2 2.3.2");
    assertThat(test.get("a", 4)).isEqualTo("none");
    assertThat(test.get("a", 5)).isEqualTo("a=3 5.5.1");
  }

  @Test
  void deletingNothingTakesNoRevision() {
    MvccWriter writer = store.begin(2);
    assertThat(writer.delete(Key.utf8("a"))).isNull();
    assertThat(writer.seal()).isFalse();
    assertThat(store.revision()).isEqualTo(1);
    assertThat(test.history(0)).isEmpty();
  }

  @Test
  void deletingTwiceTakesNoRevision() {
    test.put("a", "1");
    test.delete("a");
    MvccWriter writer = store.begin(4);
    assertThat(writer.delete(Key.utf8("a"))).isNull();
    writer.seal();
    assertThat(store.revision()).isEqualTo(3);
  }

  @Test
  void changesOfAMutationTakeSubRevisionsInOrder() {
    MvccWriter writer = store.begin(2);
    writer.put(Key.utf8("b"), "1".getBytes(UTF_8), 0);
    writer.put(Key.utf8("a"), "2".getBytes(UTF_8), 0);
    writer.put(Key.utf8("c"), "3".getBytes(UTF_8), 0);
    assertThat(writer.changeCount()).isEqualTo(3);
    writer.seal();
    assertThat(test.history(2)).containsExactly("2.0 b=1 2.2.1", "2.1 a=2 2.2.1", "2.2 c=3 2.2.1");
  }

  /// The overlap rule lets a delete of an open range precede a put of a key in it (§2.6).
  @Test
  void deletedThenPutInOneMutationIsCreatedAgain() {
    test.put("b", "old");
    MvccWriter writer = store.begin(3);
    writer.delete(Key.utf8("b"));
    assertThat(test.get("b", 3)).isEqualTo("none");
    assertThat(writer.put(Key.utf8("b"), "new".getBytes(UTF_8), 0)).isNull();
    writer.seal();
    assertThat(test.get("b", 3)).isEqualTo("b=new 3.3.1");
    assertThat(test.get("b", 2)).isEqualTo("b=old 2.2.1");
    assertThat(test.history(3)).containsExactly("3.0 -b", "3.1 b=new 3.3.1");
  }

  @Test
  void putThenDeletedInOneMutationLeavesBothInHistory() {
    MvccWriter writer = store.begin(2);
    writer.put(Key.utf8("b"), "1".getBytes(UTF_8), 7);
    writer.delete(Key.utf8("b"));
    writer.seal();
    assertThat(test.get("b", 2)).isEqualTo("none");
    assertThat(test.history(2)).containsExactly("2.0 b=1 2.2.1 lease 7", "2.1 -b");
    assertThat(store.keysOfLease(7)).isEmpty();
  }

  @Test
  void aKeyPutTwiceInOneMutationKeepsBothRecords() {
    MvccWriter writer = store.begin(2);
    writer.put(Key.utf8("b"), "1".getBytes(UTF_8), 0);
    writer.put(Key.utf8("b"), "2".getBytes(UTF_8), 0);
    writer.seal();
    assertThat(test.get("b")).isEqualTo("b=2 2.2.2");
    assertThat(test.history(2)).containsExactly("2.0 b=1 2.2.1", "2.1 b=2 2.2.2");
  }

  /// §2.6: a range at revision 0 sees earlier changes of the same txn, compares do not.
  @Test
  void readsInsideAMutationSeeItsChangesAndTheStateBefore() {
    test.put("a", "1");
    MvccWriter writer = store.begin(3);
    assertThat(store.head()).isEqualTo(2);
    writer.put(Key.utf8("a"), "2".getBytes(UTF_8), 0);
    writer.put(Key.utf8("b"), "3".getBytes(UTF_8), 0);
    assertThat(store.revision()).isEqualTo(2);
    assertThat(store.head()).isEqualTo(3);
    assertThat(test.range(KeyRange.ALL, 3)).containsExactly("a=2 2.3.2", "b=3 3.3.1");
    assertThat(test.range(KeyRange.ALL, 2)).containsExactly("a=1 2.2.1");
    assertThat(store.count(KeyRange.ALL, 3)).isEqualTo(2);
    assertThat(store.count(KeyRange.ALL, 2)).isEqualTo(1);
    assertThat(store.refusal(4)).isEqualTo(new Rejection.FutureRevision(2));
    writer.seal();
  }

  @Test
  void revisionsOfOtherGroupsLeaveGaps() {
    MvccWriter writer = store.begin(10);
    writer.put(Key.utf8("a"), "1".getBytes(UTF_8), 0);
    writer.seal();
    assertThat(store.refusal(11)).isEqualTo(new Rejection.FutureRevision(10));
    store.advanceTo(20);
    assertThat(store.revision()).isEqualTo(20);
    assertThat(test.get("a", 15)).isEqualTo("a=1 10.10.1");
    assertThat(test.get("a", 9)).isEqualTo("none");
    assertThat(test.put("a", "2")).isEqualTo(21);
    assertThat(test.get("a", 20)).isEqualTo("a=1 10.10.1");
  }

  @Test
  void revisionThatChangedNothingSurvivesARestart() {
    test.put("a", "1");
    store.advanceTo(9);
    test.checkpoint();
    test.reopen();
    assertThat(test.store().revision()).isEqualTo(9);
  }

  @Test
  void leaseMovesDetachesAndLeavesWithTheKey() {
    test.put("a", "1", 5);
    test.put("b", "1", 5);
    test.put("c", "1", -5);
    assertThat(store.keysOfLease(5)).containsExactly(Key.utf8("a"), Key.utf8("b"));
    assertThat(store.keysOfLease(-5)).containsExactly(Key.utf8("c"));
    test.put("a", "2", 6);
    assertThat(store.keysOfLease(5)).containsExactly(Key.utf8("b"));
    assertThat(store.keysOfLease(6)).containsExactly(Key.utf8("a"));
    test.put("a", "3", 6);
    assertThat(store.keysOfLease(6)).containsExactly(Key.utf8("a"));
    test.put("a", "4");
    assertThat(store.keysOfLease(6)).isEmpty();
    test.delete("b");
    assertThat(store.keysOfLease(5)).isEmpty();
    assertThat(test.get("b", 3)).isEqualTo("b=1 3.3.1 lease 5");
  }

  @Test
  void emptyValueIsAValue() {
    test.put("a", "");
    assertThat(test.get("a")).isEqualTo("a= 2.2.1");
    assertThat(store.count(KeyRange.ALL, 2)).isEqualTo(1);
  }

  @Test
  void largeValueComesBackWhole() {
    byte[] value = new byte[1 << 20];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i * 31 >> 3);
    }
    MvccWriter writer = store.begin(2);
    writer.put(Key.utf8("a"), value, 0);
    writer.seal();
    test.put("a", "small");
    KeyValue old = store.get(Key.utf8("a"), 2);
    assertThat(old).isNotNull();
    assertThat(old.value()).isEqualTo(value);
  }

  @Test
  void rangeOverNothingIsEmpty() {
    test.put("a", "1");
    var inverted = new KeyRange(Key.utf8("z"), Key.utf8("a"));
    assertThat(test.range(inverted, 2)).isEmpty();
    assertThat(store.count(inverted, 2)).isZero();
    assertThat(store.count(inverted, 1)).isZero();
    assertThat(test.range(new KeyRange(Key.utf8("a"), Key.utf8("a")), 2)).isEmpty();
  }

  @Test
  void countAtAnOldRevisionKnowsTheDeadAndTheUnborn() {
    test.put("a", "1"); // 2
    test.put("b", "1"); // 3
    test.delete("a"); // 4
    test.put("c", "1"); // 5
    test.put("a", "2"); // 6
    test.put("b", "2"); // 7
    long[] counts = {0, 0, 1, 2, 1, 2, 3, 3};
    for (int at = 0; at < counts.length; at++) {
      assertThat(store.count(KeyRange.ALL, at)).as("count at " + at).isEqualTo(counts[at]);
    }
  }

  @Test
  void metaIsThatOfTheNewestPut() {
    test.put("a", "1", 3);
    test.put("a", "2", 4);
    assertThat(store.meta(Key.utf8("a"))).isEqualTo(new KeyMeta(2, 3, 2, 4));
    test.delete("a");
    assertThat(store.meta(Key.utf8("a"))).isNull();
    assertThat(store.meta(Key.utf8("b"))).isNull();
  }

  @Test
  void previousIsTheStateOneRevisionEarlier() {
    test.put("a", "1", 9); // 2
    test.put("a", "2"); // 3
    MvccWriter writer = store.begin(4);
    writer.delete(Key.utf8("a"));
    writer.put(Key.utf8("a"), "3".getBytes(UTF_8), 0);
    writer.seal();
    HistoryScan scan = store.history(2, 4);
    String[] previous = {"none", "a=1 2.2.1 lease 9", "a=2 2.3.2", "a=2 2.3.2"};
    for (String expected : previous) {
      assertThat(scan.next()).isTrue();
      KeyValue pair = scan.previous();
      assertThat(pair == null ? "none" : TestStore.text(pair)).isEqualTo(expected);
    }
    assertThat(scan.next()).isFalse();
  }

  @Test
  void writerRefusesWhatWouldBreakTheOrder() {
    test.put("a", "1");
    assertThatThrownBy(() -> store.begin(2)).isInstanceOf(InvariantViolation.class);
    MvccWriter writer = store.begin(3);
    assertThatThrownBy(() -> store.begin(4)).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> store.advanceTo(9)).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> store.startCompaction(2)).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> writer.put(Key.utf8(""), new byte[0], 0))
        .isInstanceOf(InvariantViolation.class);
    writer.delete(Key.utf8("a"));
    assertThatThrownBy(writer::discard).isInstanceOf(InvariantViolation.class);
    writer.seal();
    assertThatThrownBy(() -> writer.delete(Key.utf8("a"))).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(writer::seal).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void discardedMutationLeavesNothing() {
    MvccWriter writer = store.begin(5);
    writer.discard();
    assertThat(store.revision()).isEqualTo(1);
    assertThat(test.put("a", "1")).isEqualTo(2);
  }
}
