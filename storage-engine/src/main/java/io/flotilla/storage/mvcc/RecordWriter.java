package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Key;
import io.flotilla.storage.btree.Cursor;
import org.jspecify.annotations.Nullable;

/// Puts one record behind the newest one of its key: [#begin], then [#write]. All trees agree
/// afterwards.
final class RecordWriter {
  private static final int SCRATCH_KEPT_BYTES = 64 * 1024;

  private final MvccStore store;
  private final MvccTrees trees;
  private final Cursor keys;
  private final RecordCursor records;
  private final KeyEntry entry = new KeyEntry();
  private final byte[] recordKey = new byte[RecordLayout.KEY_SIZE];
  private final byte[] entryBytes = new byte[KeyEntry.MAX_SIZE];
  private final byte[] scratch = new byte[SCRATCH_KEPT_BYTES];

  RecordWriter(MvccStore store, MvccTrees trees) {
    this.store = store;
    this.trees = trees;
    this.keys = trees.keys().cursor();
    this.records = new RecordCursor(trees.revisions());
  }

  /// Reads the index entry of `key`; an absent one becomes the start of a chain. Returns what the
  /// key is, null when it does not exist.
  @Nullable KeyMeta begin(Key key) {
    if (!keys.seekExact(key.bytes())) {
      entry.startChain();
      return null;
    }
    entry.read(keys);
    if (!entry.tombstone) {
      return entry.meta();
    }
    // A tombstone below the compaction revision may or may not be removed yet; replicas must not
    // differ by that.
    if (entry.main < store.keptFrom()) {
      entry.startChain();
    }
    return null;
  }

  /// Whether a place is behind the newest record of the key, after [#begin].
  boolean isBehind(long main, int sub) {
    return entry.main < main || entry.main == main && entry.sub < sub;
  }

  /// Writes the record of the key that was begun.
  ///
  /// @param value null for a tombstone
  /// @param now the numbers that it has, its revision included
  /// @param before what [#begin] returned
  void write(Key key, int sub, byte @Nullable [] value, KeyMeta now, @Nullable KeyMeta before) {
    long prevMain = entry.main;
    int prevSub = entry.sub;
    link(prevMain, prevSub);
    entry.main = now.modRevision();
    entry.sub = sub;
    entry.tombstone = value == null;
    entry.create = now.createRevision();
    entry.version = now.version();
    entry.lease = now.lease();
    putRecord(key, value, prevMain, prevSub);
    putEntry(key);
    trees.moveLease(key, before == null ? 0 : before.lease(), now.lease());
    store.changed();
  }

  /// Makes the entry's pointers those of the record that follows the newest one ([Chain]).
  private void link(long prevMain, int prevSub) {
    entry.depth++;
    if (entry.depth == 1) {
      return;
    }
    if (Chain.jumpLength(entry.depth) == 1) {
      entry.leapMain = entry.jumpMain;
      entry.leapSub = entry.jumpSub;
      entry.jumpMain = prevMain;
      entry.jumpSub = prevSub;
      return;
    }
    entry.jumpMain = entry.leapMain;
    entry.jumpSub = entry.leapSub;
    boolean opened = entry.leapMain > Math.max(Chain.NONE, store.keptFrom());
    if (opened) {
      check(
          records.seekExact(entry.leapMain, entry.leapSub), "a record above the compaction exists");
    }
    entry.leapMain = opened ? records.jumpMain() : Chain.NONE;
    entry.leapSub = opened ? records.jumpSub() : 0;
  }

  private void putRecord(Key key, byte @Nullable [] value, long prevMain, int prevSub) {
    int header = entry.chained() ? RecordLayout.CHAINED_SIZE : RecordLayout.BARE_SIZE;
    int valueLength = value == null ? 0 : value.length;
    int length = Math.addExact(header, Math.addExact(key.length(), valueLength));
    byte[] to = length <= scratch.length ? scratch : new byte[length];
    int flags =
        (entry.tombstone ? RecordLayout.TOMBSTONE : 0)
            | (entry.chained() ? RecordLayout.CHAINED : 0);
    to[RecordLayout.FLAGS_OFFSET] = (byte) flags;
    Bytes.putInt(to, RecordLayout.KEY_LENGTH_OFFSET, key.length());
    Bytes.putLong(to, RecordLayout.CREATE_OFFSET, entry.create);
    Bytes.putLong(to, RecordLayout.VERSION_OFFSET, entry.version);
    Bytes.putLong(to, RecordLayout.LEASE_OFFSET, entry.lease);
    if (entry.chained()) {
      Bytes.putLong(to, RecordLayout.PREV_MAIN_OFFSET, prevMain);
      Bytes.putInt(to, RecordLayout.SUBS_OFFSET, prevSub);
      Bytes.putInt(to, RecordLayout.SUBS_OFFSET + Integer.BYTES, entry.jumpSub);
      Bytes.putLong(to, RecordLayout.JUMP_MAIN_OFFSET, entry.jumpMain);
      Bytes.putLong(to, RecordLayout.DEPTH_OFFSET, entry.depth);
    }
    System.arraycopy(key.bytes(), 0, to, header, key.length());
    if (value != null) {
      System.arraycopy(value, 0, to, header + key.length(), valueLength);
    }
    RecordLayout.putKey(recordKey, entry.main, entry.sub);
    check(trees.revisions().put(recordKey, to, length, true), "a revision is written once");
  }

  /// Where [#begin] found an entry, the cursor stands on it still.
  private void putEntry(Key key) {
    int length = entry.write(entryBytes);
    if (keys.isPositioned()) {
      check(keys.compareKey(key.bytes()) == 0, "an entry is replaced by its own key's");
      trees.keys().replace(keys, entryBytes, length, !entry.tombstone);
    } else {
      boolean added = trees.keys().put(key.bytes(), entryBytes, length, !entry.tombstone);
      check(added, "a key without an entry gets one");
    }
  }
}
