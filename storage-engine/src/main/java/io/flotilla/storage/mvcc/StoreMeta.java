package io.flotilla.storage.mvcc;

import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.Cursor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The tree `meta`: what the store knows about itself. Names are UTF-8, numbers big-endian.
///
/// | name | value |
/// |---|---|
/// | `format` | version of all layouts of this package, 8 bytes |
/// | `revision` | a revision the store has reached, 8 bytes; it is as far as its newest record |
/// | `exact` | 1 while `revision` is the store's own and records are above it, else 0, 8 bytes |
/// | `compaction` | [Progress], 25 bytes |
final class StoreMeta {
  static final long FORMAT = 1;

  private static final byte[] FORMAT_NAME = name("format");
  private static final byte[] REVISION_NAME = name("revision");
  private static final byte[] EXACT_NAME = name("exact");
  private static final byte[] COMPACTION_NAME = name("compaction");

  private final BTree meta;
  private final Cursor cursor;
  private final byte[] scratch = new byte[Progress.SIZE];

  StoreMeta(BTree meta) {
    this.meta = meta;
    this.cursor = meta.cursor();
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// The format version, 0 for a tree that was never written to.
  long format() {
    return cursor.seekExact(FORMAT_NAME) ? cursor.valueLong(0) : 0;
  }

  void putFormat() {
    putLong(FORMAT_NAME, FORMAT);
  }

  /// The noted revision, 0 when none was.
  long revision() {
    return cursor.seekExact(REVISION_NAME) ? cursor.valueLong(0) : 0;
  }

  void putRevision(long revision) {
    putLong(REVISION_NAME, revision);
  }

  /// Whether the store stands at [#revision] although records are above it.
  boolean isExact() {
    return cursor.seekExact(EXACT_NAME) && cursor.valueLong(0) != 0;
  }

  void putExact(boolean exact) {
    putLong(EXACT_NAME, exact ? 1 : 0);
  }

  Progress compaction() {
    return cursor.seekExact(COMPACTION_NAME) ? Progress.read(cursor) : Progress.NEVER;
  }

  /// Whether a key of the tree is that of [#compaction].
  static boolean isCompaction(byte[] key) {
    return Arrays.equals(key, COMPACTION_NAME);
  }

  /// Whether a key of the tree is that of [#revision].
  static boolean isRevision(byte[] key) {
    return Arrays.equals(key, REVISION_NAME);
  }

  /// Whether a key of the tree is that of [#isExact].
  static boolean isExactness(byte[] key) {
    return Arrays.equals(key, EXACT_NAME);
  }

  void putCompaction(Progress progress) {
    progress.write(scratch);
    meta.put(COMPACTION_NAME, scratch, Progress.SIZE, true);
  }

  private void putLong(byte[] name, long value) {
    Bytes.putLong(scratch, 0, value);
    meta.put(name, scratch, Long.BYTES, true);
  }

  /// How far compaction is.
  ///
  /// @param revision the compaction revision, from which on history is complete; -1 for never
  /// @param nextMain main revision of the first record not looked at yet
  /// @param nextSub its sub-revision
  /// @param done whether nothing below `revision` is left to remove
  record Progress(long revision, long nextMain, long nextSub, boolean done) {
    static final Progress NEVER = new Progress(-1, 0, 0, true);
    private static final int NEXT_MAIN_OFFSET = Long.BYTES;
    private static final int NEXT_SUB_OFFSET = NEXT_MAIN_OFFSET + Long.BYTES;
    private static final int DONE_OFFSET = NEXT_SUB_OFFSET + Long.BYTES;
    static final int SIZE = DONE_OFFSET + 1;

    static Progress read(Cursor cursor) {
      return new Progress(
          cursor.valueLong(0),
          cursor.valueLong(NEXT_MAIN_OFFSET),
          cursor.valueLong(NEXT_SUB_OFFSET),
          cursor.valueByte(DONE_OFFSET) != 0);
    }

    void write(byte[] to) {
      Bytes.putLong(to, 0, revision);
      Bytes.putLong(to, NEXT_MAIN_OFFSET, nextMain);
      Bytes.putLong(to, NEXT_SUB_OFFSET, nextSub);
      to[DONE_OFFSET] = (byte) (done ? 1 : 0);
    }

    /// The work of a compaction to `later`. Records of [#revision] itself are looked at again: they
    /// were kept whole, and now some of them may go.
    Progress retarget(long later) {
      boolean behind = !done && nextMain < revision;
      return new Progress(
          later, behind ? nextMain : Math.max(0, revision), behind ? nextSub : 0, false);
    }

    /// Whether a record is still to be looked at.
    boolean looksAt(long main, int sub) {
      boolean ahead = nextMain < main || nextMain == main && nextSub <= sub;
      return !done && main <= revision && ahead;
    }

    Progress advance(long main, long sub) {
      return new Progress(revision, main, sub, false);
    }

    Progress finish() {
      return new Progress(revision, revision, 0, true);
    }
  }
}
