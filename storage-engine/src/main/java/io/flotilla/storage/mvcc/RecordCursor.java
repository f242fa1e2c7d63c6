package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Key;
import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.Cursor;

/// Reads records of the tree `revisions` through one cursor. The field accessors are valid after a
/// positioning call that returned true, until the tree changes.
final class RecordCursor {
  private final Cursor cursor;
  private final byte[] position = new byte[RecordLayout.KEY_SIZE];
  private int flags;
  private int keyLength;
  private int steps;

  RecordCursor(BTree revisions) {
    this.cursor = revisions.cursor();
  }

  boolean seekExact(long main, int sub) {
    RecordLayout.putKey(position, main, sub);
    return cursor.seekExact(position) && load();
  }

  /// Stands on the first record at or after the place.
  boolean seek(long main, long sub) {
    RecordLayout.putKey(position, main, sub);
    return cursor.seek(position) && load();
  }

  /// False after the tree changed and after a checkpoint moved its pages.
  boolean isPositioned() {
    return cursor.isPositioned();
  }

  boolean first() {
    return cursor.first() && load();
  }

  boolean last() {
    return cursor.last() && load();
  }

  boolean next() {
    return cursor.next() && load();
  }

  /// Stands on the newest record at or below revision `at`, going back from the record `main.sub`
  /// (see [Chain]). False when there is none; then [#main] is where the chain ended.
  boolean seekNewest(long startMain, int startSub, long at) {
    long nextMain = startMain;
    int nextSub = startSub;
    int bound = 0;
    steps = 0;
    while (nextMain > at) {
      check(seekExact(nextMain, nextSub), "a record above the compaction exists");
      bound = steps == 0 ? Chain.maxSteps(depth()) : bound;
      steps++;
      checkAtMost(steps, bound, "a walk back is logarithmic");
      boolean far = jumpMain() > at;
      nextMain = far ? jumpMain() : prevMain();
      nextSub = far ? jumpSub() : prevSub();
    }
    return seekExact(nextMain, nextSub);
  }

  /// Records that the last [#seekNewest] opened on its way.
  int steps() {
    return steps;
  }

  private boolean load() {
    cursor.copyKey(0, position, 0, RecordLayout.KEY_SIZE);
    flags = cursor.valueByte(RecordLayout.FLAGS_OFFSET);
    keyLength = RecordLayout.keyLength(cursor);
    checkAtMost(1, keyLength, "a record names its key");
    checkAtMost(headerSize() + (long) keyLength, cursor.valueLength(), "the key is in the record");
    return true;
  }

  long main() {
    return Bytes.getLong(position, 0);
  }

  int sub() {
    return (int) Bytes.getLong(position, Long.BYTES);
  }

  boolean tombstone() {
    return (flags & RecordLayout.TOMBSTONE) != 0;
  }

  private boolean chained() {
    return (flags & RecordLayout.CHAINED) != 0;
  }

  private int headerSize() {
    return chained() ? RecordLayout.CHAINED_SIZE : RecordLayout.BARE_SIZE;
  }

  long createRevision() {
    return cursor.valueLong(RecordLayout.CREATE_OFFSET);
  }

  long version() {
    return cursor.valueLong(RecordLayout.VERSION_OFFSET);
  }

  long lease() {
    return cursor.valueLong(RecordLayout.LEASE_OFFSET);
  }

  long prevMain() {
    return chained() ? cursor.valueLong(RecordLayout.PREV_MAIN_OFFSET) : Chain.NONE;
  }

  int prevSub() {
    return chained() ? (int) (cursor.valueLong(RecordLayout.SUBS_OFFSET) >>> Integer.SIZE) : 0;
  }

  long jumpMain() {
    return chained() ? cursor.valueLong(RecordLayout.JUMP_MAIN_OFFSET) : Chain.NONE;
  }

  int jumpSub() {
    return chained() ? (int) cursor.valueLong(RecordLayout.SUBS_OFFSET) : 0;
  }

  long depth() {
    return chained() ? cursor.valueLong(RecordLayout.DEPTH_OFFSET) : 1;
  }

  int keyLength() {
    return keyLength;
  }

  /// Copies the whole user key.
  void copyKey(byte[] to, int toOffset) {
    cursor.copyValue(headerSize(), to, toOffset, keyLength);
  }

  Key key() {
    byte[] bytes = new byte[keyLength];
    copyKey(bytes, 0);
    return Key.of(bytes);
  }

  int valueLength() {
    return cursor.valueLength() - headerSize() - keyLength;
  }

  void copyValue(int from, byte[] to, int toOffset, int length) {
    cursor.copyValue(headerSize() + keyLength + from, to, toOffset, length);
  }

  byte[] value() {
    byte[] bytes = new byte[valueLength()];
    copyValue(0, bytes, 0, bytes.length);
    return bytes;
  }

  KeyValue keyValue(Key key) {
    check(!tombstone(), "a tombstone has no value");
    return new KeyValue(key, value(), createRevision(), main(), version(), lease());
  }
}
