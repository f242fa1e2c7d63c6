package io.flotilla.storage.page;

/// One entry of a leaf: a key and a value, each inside the cell or in an overflow run.
///
///     0      2        4
///     +------+--------+---------------+--------------------+------------------------+
///     | head | valLen | key, prefix   | [keyLen u32, run]  | value | valLen u32, run |
///     +------+--------+---------------+--------------------+------------------------+
///
/// `head`: bit 15 the key continues in a run, bit 14 the value is in a run, bit 13 the entry is
/// counted, bits 0..12 the key bytes in the cell. `valLen` is the length of the value part inside
/// the cell.
public final class LeafCell {
  static final int HEAD_OFFSET = 0;
  static final int VALUE_LENGTH_OFFSET = HEAD_OFFSET + Short.BYTES;
  public static final int KEY_OFFSET = VALUE_LENGTH_OFFSET + Short.BYTES;

  private static final int VALUE_RUN = 1 << 14;
  private static final int COUNTED = 1 << 13;

  private LeafCell() {}

  public static boolean keyOverflows(long cell) {
    return CellKey.overflows(cell + HEAD_OFFSET);
  }

  public static boolean valueOverflows(long cell) {
    return (Memory.getShort(cell + HEAD_OFFSET) & VALUE_RUN) != 0;
  }

  public static boolean counted(long cell) {
    return (Memory.getShort(cell + HEAD_OFFSET) & COUNTED) != 0;
  }

  /// The whole length of the key.
  public static int keyLength(long cell) {
    return CellKey.length(cell + HEAD_OFFSET, cell + KEY_OFFSET);
  }

  /// The run with the rest of the key; only when [#keyOverflows].
  public static int keyRun(long cell) {
    return CellKey.run(cell + HEAD_OFFSET, cell + KEY_OFFSET);
  }

  /// Where the value, or its reference, begins.
  public static long value(long cell) {
    return cell + KEY_OFFSET + CellKey.bytes(cell + HEAD_OFFSET);
  }

  /// The whole length of the value.
  public static int valueLength(long cell) {
    int head = Memory.getShort(cell + HEAD_OFFSET);
    return (head & VALUE_RUN) == 0
        ? Memory.getShort(cell + VALUE_LENGTH_OFFSET)
        : Memory.getInt(value(cell));
  }

  /// The run with the value; only when [#valueOverflows].
  public static int valueRun(long cell) {
    return Memory.getInt(value(cell) + Integer.BYTES);
  }

  public static int bytes(long cell) {
    return KEY_OFFSET
        + CellKey.bytes(cell + HEAD_OFFSET)
        + Memory.getShort(cell + VALUE_LENGTH_OFFSET);
  }

  /// The size of a cell with a key part and a value part of these sizes.
  public static int bytes(int keyBytes, int valueBytes) {
    return KEY_OFFSET + keyBytes + valueBytes;
  }

  /// Sets the flags and the size of the value part. The key part must be in place already.
  public static void putValueHead(long cell, int valueBytes, boolean inRun, boolean counted) {
    int head = Memory.getShort(cell + HEAD_OFFSET) & ~(VALUE_RUN | COUNTED);
    head |= (inRun ? VALUE_RUN : 0) | (counted ? COUNTED : 0);
    Memory.putShort(cell + HEAD_OFFSET, head);
    Memory.putShort(cell + VALUE_LENGTH_OFFSET, valueBytes);
  }

  /// The bytes of a reference to a run.
  public static final int REFERENCE_BYTES = CellKey.REFERENCE_BYTES;

  public static void putValueRun(long cell, int length, int run) {
    long value = value(cell);
    Memory.putInt(value, length);
    Memory.putInt(value + Integer.BYTES, run);
  }

  /// The address of the cell's head word, which [CellKey] reads.
  public static long head(long cell) {
    return cell + HEAD_OFFSET;
  }
}
