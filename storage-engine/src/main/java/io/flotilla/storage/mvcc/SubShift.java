package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.backup.SnapshotTree;

/// Moves the sub-revisions of a store up, in records and in whatever points to them, so that they
/// are different from those of another store.
final class SubShift {
  private SubShift() {}

  /// How many sub-revisions each of `stores` may have in one revision.
  static int room(int stores) {
    return Integer.MAX_VALUE / stores;
  }

  static SnapshotTree.Rewrite ofRecords(int shift) {
    return shift == 0 ? SnapshotTree.Rewrite.NONE : new Records(shift);
  }

  static SnapshotTree.Rewrite ofKeys(int shift) {
    return shift == 0 ? SnapshotTree.Rewrite.NONE : new Keys(shift);
  }

  private static int moved(long sub, int shift) {
    checkAtMost(sub, Integer.MAX_VALUE - shift, "sub-revisions are numbers of 31 bits");
    return (int) sub + shift;
  }

  /// Moves the pointer whose parts are at two places, unless it leads nowhere.
  private static void move(byte[] head, int mainOffset, int subOffset, int shift) {
    if (Bytes.getLong(head, mainOffset) != Chain.NONE) {
      Bytes.putInt(head, subOffset, moved(Bytes.getInt(head, subOffset), shift));
    }
  }

  private record Records(int shift) implements SnapshotTree.Rewrite {
    @Override
    public int headBytes() {
      return RecordLayout.CHAINED_SIZE;
    }

    @Override
    public void apply(byte[] key, byte[] head) {
      long sub = Bytes.getLong(key, Long.BYTES);
      Bytes.putLong(key, Long.BYTES, moved(sub, shift));
      if ((head[RecordLayout.FLAGS_OFFSET] & RecordLayout.CHAINED) != 0) {
        int subs = RecordLayout.SUBS_OFFSET;
        move(head, RecordLayout.PREV_MAIN_OFFSET, subs, shift);
        move(head, RecordLayout.JUMP_MAIN_OFFSET, subs + Integer.BYTES, shift);
      }
    }
  }

  private record Keys(int shift) implements SnapshotTree.Rewrite {
    @Override
    public int headBytes() {
      return KeyEntry.MAX_SIZE;
    }

    @Override
    public void apply(byte[] key, byte[] head) {
      move(head, KeyEntry.MAIN_OFFSET, KeyEntry.SUB_OFFSET, shift);
      if ((head[0] & RecordLayout.CHAINED) != 0) {
        int subs = KeyEntry.SUBS_OFFSET;
        move(head, KeyEntry.JUMP_MAIN_OFFSET, subs, shift);
        move(head, KeyEntry.LEAP_MAIN_OFFSET, subs + Integer.BYTES, shift);
      }
    }
  }
}
