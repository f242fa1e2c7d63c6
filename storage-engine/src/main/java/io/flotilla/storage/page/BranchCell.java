package io.flotilla.storage.page;

import static io.flotilla.base.Invariants.check;

/// One child of a branch page: where it is, how many counted entries it holds, and the lower bound
/// of its keys. The first cell of a page has an empty key, which stands below everything.
///
///     0       4                12     14
///     +-------+----------------+------+---------------+-------------------+
///     | child | weight         | head | key, prefix   | [keyLen u32, run] |
///     +-------+----------------+------+---------------+-------------------+
public final class BranchCell {
  static final int CHILD_OFFSET = 0;
  static final int WEIGHT_OFFSET = CHILD_OFFSET + Integer.BYTES;
  static final int HEAD_OFFSET = WEIGHT_OFFSET + Long.BYTES;
  public static final int KEY_OFFSET = HEAD_OFFSET + Short.BYTES;

  static {
    check(KEY_OFFSET == 14, "a branch cell has 14 bytes before its key in format version 1");
  }

  private BranchCell() {}

  public static int child(long cell) {
    return Memory.getInt(cell + CHILD_OFFSET);
  }

  public static void putChild(long cell, int child) {
    Memory.putInt(cell + CHILD_OFFSET, child);
  }

  /// Counted entries below the child.
  public static long weight(long cell) {
    return Memory.getLong(cell + WEIGHT_OFFSET);
  }

  public static void putWeight(long cell, long weight) {
    check(weight >= 0, "a subtree holds zero or more counted entries");
    Memory.putLong(cell + WEIGHT_OFFSET, weight);
  }

  public static long head(long cell) {
    return cell + HEAD_OFFSET;
  }

  public static boolean keyOverflows(long cell) {
    return CellKey.overflows(cell + HEAD_OFFSET);
  }

  public static int keyLength(long cell) {
    return CellKey.length(cell + HEAD_OFFSET, cell + KEY_OFFSET);
  }

  public static int keyRun(long cell) {
    return CellKey.run(cell + HEAD_OFFSET, cell + KEY_OFFSET);
  }

  public static int bytes(long cell) {
    return KEY_OFFSET + CellKey.bytes(cell + HEAD_OFFSET);
  }

  /// Takes the key away and returns by how much the cell became shorter.
  public static int dropKey(long cell) {
    int bytes = CellKey.bytes(cell + HEAD_OFFSET);
    Memory.putShort(cell + HEAD_OFFSET, 0);
    return bytes;
  }
}
