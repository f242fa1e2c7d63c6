package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;

import io.flotilla.storage.btree.Cursor;

/// Bytes of a record in the tree `revisions`. Big-endian, format version 1.
///
///     key:    | main revision 8 | sub-revision 8 |
///     value:  | flags 1 | key length 4 | create 8 | version 8 | lease 8 | link | key | value |
///     link:   | prev main 8 | prev sub 4 | jump sub 4 | jump main 8 | depth 8 |
///
/// The link is there only when the flag CHAINED is set; without it the record is its key's first
/// (depth 1, no prev). A tombstone has create, version and lease 0 and no value.
final class RecordLayout {
  static final int KEY_SIZE = 16;

  static final int TOMBSTONE = 1;
  static final int CHAINED = 2;

  static final int FLAGS_OFFSET = 0;
  static final int KEY_LENGTH_OFFSET = FLAGS_OFFSET + 1;
  static final int CREATE_OFFSET = KEY_LENGTH_OFFSET + Integer.BYTES;
  static final int VERSION_OFFSET = CREATE_OFFSET + Long.BYTES;
  static final int LEASE_OFFSET = VERSION_OFFSET + Long.BYTES;
  static final int BARE_SIZE = LEASE_OFFSET + Long.BYTES;

  static final int PREV_MAIN_OFFSET = BARE_SIZE;
  static final int SUBS_OFFSET = PREV_MAIN_OFFSET + Long.BYTES;
  static final int JUMP_MAIN_OFFSET = SUBS_OFFSET + 2 * Integer.BYTES;
  static final int DEPTH_OFFSET = JUMP_MAIN_OFFSET + Long.BYTES;
  static final int CHAINED_SIZE = DEPTH_OFFSET + Long.BYTES;

  static {
    check(BARE_SIZE == 29, "a first record's header is 29 bytes in format version 1");
    check(CHAINED_SIZE == 61, "a chained record's header is 61 bytes in format version 1");
  }

  private RecordLayout() {}

  static void putKey(byte[] to, long main, long sub) {
    Bytes.putLong(to, 0, main);
    Bytes.putLong(to, Long.BYTES, sub);
  }

  /// Bytes of the user key of the record on which a cursor stands.
  static int keyLength(Cursor record) {
    return (int) (record.valueLong(KEY_LENGTH_OFFSET) >>> Integer.SIZE);
  }

  /// Where the user key begins in the record on which a cursor stands.
  static int keyOffset(Cursor record) {
    boolean chained = (record.valueByte(FLAGS_OFFSET) & CHAINED) != 0;
    return chained ? CHAINED_SIZE : BARE_SIZE;
  }
}
