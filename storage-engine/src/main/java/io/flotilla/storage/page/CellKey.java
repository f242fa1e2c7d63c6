package io.flotilla.storage.page;

/// The key part that leaf and branch cells share: a 16-bit head word and, elsewhere in the cell,
/// the key's bytes, followed by (length u32, run u32) when the key continues in a run.
public final class CellKey {
  public static final int REFERENCE_BYTES = Integer.BYTES + Integer.BYTES;

  static final int OVERFLOW = 1 << 15;
  static final int INLINE_MASK = (1 << 13) - 1;

  private CellKey() {}

  public static boolean overflows(long head) {
    return (Memory.getShort(head) & OVERFLOW) != 0;
  }

  /// Key bytes inside the cell.
  public static int inline(long head) {
    return Memory.getShort(head) & INLINE_MASK;
  }

  /// Bytes of the key part: what is inline and the reference.
  public static int bytes(long head) {
    int word = Memory.getShort(head);
    return (word & INLINE_MASK) + ((word & OVERFLOW) != 0 ? REFERENCE_BYTES : 0);
  }

  public static int length(long head, long key) {
    int word = Memory.getShort(head);
    int inline = word & INLINE_MASK;
    return (word & OVERFLOW) == 0 ? inline : Memory.getInt(key + inline);
  }

  public static int run(long head, long key) {
    return Memory.getInt(key + inline(head) + Integer.BYTES);
  }

  /// Lets the key continue in another run with the same bytes.
  public static void putRun(long head, long key, int run) {
    Memory.putInt(key + inline(head) + Integer.BYTES, run);
  }

  /// Writes the head word, without flags of the leaf, and the key part.
  ///
  /// @param inline how many bytes of `source` go into the cell
  /// @param length the whole length of the key
  /// @param run the run with the rest, zero when there is none
  public static void put(long head, long key, byte[] source, int inline, int length, int run) {
    Memory.putShort(head, inline | (run != 0 ? OVERFLOW : 0));
    Memory.copyIn(source, 0, key, inline);
    if (run != 0) {
      Memory.putInt(key + inline, length);
      Memory.putInt(key + inline + Integer.BYTES, run);
    }
  }
}
