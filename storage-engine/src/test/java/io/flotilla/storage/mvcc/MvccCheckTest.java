package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.Cursor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The check is trusted because it finds what is planted here.
final class MvccCheckTest {
  private final TestStore test = new TestStore();

  @BeforeEach
  void fill() {
    for (int i = 0; i < 12; i++) {
      test.put("a", "v" + i, 5); // 2..13
    }
    test.put("b", "1", 6); // 14
    test.put("c", "1"); // 15
    test.delete("c"); // 16
    test.verify();
  }

  private void expectFinding(String words) {
    assertThat(MvccCheck.check(test.file())).isNotEmpty().anyMatch(f -> f.contains(words));
  }

  private static byte[] recordKey(long main) {
    byte[] key = new byte[RecordLayout.KEY_SIZE];
    RecordLayout.putKey(key, main, 0);
    return key;
  }

  private BTree tree(String name) {
    return test.file().tree(name);
  }

  /// Adds `delta` to the byte at `offset` of an entry's value.
  private void alter(String name, byte[] key, int offset, int delta) {
    Cursor cursor = tree(name).cursor();
    assertThat(cursor.seekExact(key)).isTrue();
    boolean counted = cursor.counted();
    byte[] value = cursor.value();
    value[offset] += (byte) delta;
    tree(name).put(key, value, value.length, counted);
  }

  private void alterRecord(long main, int offset, int delta) {
    alter(MvccTrees.REVISIONS, recordKey(main), offset, delta);
  }

  @Test
  void missingNewestRecordIsFound() {
    tree(MvccTrees.REVISIONS).delete(recordKey(14));
    expectFinding("no record at 14.0");
  }

  @Test
  void missingOlderRecordIsFound() {
    tree(MvccTrees.REVISIONS).delete(recordKey(7));
    expectFinding("its predecessor 7 is missing");
  }

  @Test
  void missingIndexEntryIsFound() {
    tree(MvccTrees.KEYS).delete("b".getBytes(UTF_8));
    expectFinding("its key b is not indexed");
    expectFinding("lease 6 lists key b, which is not attached");
  }

  @Test
  void wrongVersionIsFound() {
    alterRecord(9, RecordLayout.VERSION_OFFSET + 7, 1);
    expectFinding("record 9.0: version after its predecessor's");
  }

  @Test
  void wrongCreateRevisionIsFound() {
    alterRecord(9, RecordLayout.CREATE_OFFSET + 7, 1);
    expectFinding("record 9.0: create revision after its predecessor's");
  }

  @Test
  void wrongLeaseIsFound() {
    alterRecord(13, RecordLayout.LEASE_OFFSET + 7, 1);
    expectFinding("key a at 13.0: lease");
  }

  @Test
  void predecessorOfAnotherKeyIsFound() {
    alterRecord(13, RecordLayout.BARE_SIZE + 32, 1); // the key's own byte: a becomes b
    expectFinding("predecessor is of another key");
  }

  @Test
  void wrongJumpIsFound() {
    alterRecord(12, RecordLayout.JUMP_MAIN_OFFSET + 7, -1);
    expectFinding("record 12.0: its jump is at depth");
  }

  @Test
  void wrongDepthIsFound() {
    alterRecord(13, RecordLayout.DEPTH_OFFSET + 7, 1);
    expectFinding("record 13.0: depth after its predecessor's");
  }

  @Test
  void missingLeaseEntryIsFound() {
    tree(MvccTrees.LEASES).delete(MvccTrees.leaseKey(5, Key.utf8("a")));
    expectFinding("not under lease 5");
  }

  @Test
  void strayLeaseEntryIsFound() {
    tree(MvccTrees.LEASES).put(MvccTrees.leaseKey(9, Key.utf8("a")), new byte[0], 0, true);
    expectFinding("lease 9 lists key a");
  }

  @Test
  void deadKeyThatIsCountedIsFound() {
    Cursor keys = tree(MvccTrees.KEYS).cursor();
    assertThat(keys.seekExact("c".getBytes(UTF_8))).isTrue();
    byte[] value = keys.value();
    tree(MvccTrees.KEYS).put("c".getBytes(UTF_8), value, value.length, true);
    expectFinding("2 live keys, 3 counted");
    expectFinding("key c is counted and dead");
  }

  @Test
  void recordThatCompactionForgotIsFound() {
    Cursor records = tree(MvccTrees.REVISIONS).cursor();
    assertThat(records.seekExact(recordKey(5))).isTrue();
    byte[] value = records.value();
    test.compact(10);
    tree(MvccTrees.REVISIONS).put(recordKey(5), value, value.length, true);
    expectFinding("record 5.0: superseded below the compaction");
    expectFinding("records are reached from their key");
  }

  @Test
  void recordThatCompactionMustNotTouchIsMissed() {
    test.compact(10);
    tree(MvccTrees.REVISIONS).delete(recordKey(11));
    expectFinding("its predecessor 11 is missing");
  }

  @Test
  void revisionBelowTheCompactionIsFound() {
    Cursor meta = tree(MvccTrees.META).cursor();
    test.store().startCompaction(12);
    assertThat(meta.seekExact("compaction".getBytes(UTF_8))).isTrue();
    byte[] value = meta.value();
    value[7] = 99;
    tree(MvccTrees.META).put("compaction".getBytes(UTF_8), value, value.length, true);
    expectFinding("compaction 99 is above revision 16");
  }
}
