package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Key;
import io.flotilla.storage.btree.Cursor;
import org.jspecify.annotations.Nullable;

/// Writes one mutation: all its changes carry one revision, and ascending sub-revisions in the order
/// of the calls. Each change is visible to reads at [#revision] at once.
///
/// There is no way back after the first change: whatever may refuse a request is checked before.
/// One instance serves one mutation after the other; it is valid from [MvccStore#begin] until
/// [#seal] or [#discard].
public final class MvccWriter {
  private static final int SCRATCH_KEPT_BYTES = 64 * 1024;

  private final MvccStore store;
  private final MvccTrees trees;
  private final Cursor keys;
  private final RecordCursor records;
  private final KeyEntry entry = new KeyEntry();
  private final byte[] recordKey = new byte[RecordLayout.KEY_SIZE];
  private final byte[] entryBytes = new byte[KeyEntry.MAX_SIZE];
  private final byte[] scratch = new byte[SCRATCH_KEPT_BYTES];
  private boolean open;
  private long revision;
  private int firstSub;
  private int changeCount;

  MvccWriter(MvccStore store, MvccTrees trees) {
    this.store = store;
    this.trees = trees;
    this.keys = trees.keys().cursor();
    this.records = new RecordCursor(trees.revisions());
  }

  void open(long at, int sub) {
    check(!open, "one mutation at a time");
    checkAtMost(store.revision() + 1, at, "a mutation is above the store's revision");
    checkAtMost(0, sub, "sub-revisions are not negative");
    open = true;
    revision = at;
    firstSub = sub;
    changeCount = 0;
  }

  boolean isOpen() {
    return open;
  }

  boolean hasChanges() {
    return open && changeCount > 0;
  }

  /// The revision of this mutation.
  public long revision() {
    return revision;
  }

  /// Changes so far.
  public int changeCount() {
    return changeCount;
  }

  /// Sets the value of a key and its lease, 0 for none. The version counts on, or starts at 1 when
  /// the key does not exist at this point of the mutation. Returns what it replaced.
  public @Nullable KeyMeta put(Key key, byte[] value, long lease) {
    KeyMeta replaced = beforeChange(key);
    long create = replaced == null ? revision : replaced.createRevision();
    long version = replaced == null ? 1 : replaced.version() + 1;
    write(key, value, new KeyMeta(create, revision, version, lease));
    moveLease(key, replaced == null ? 0 : replaced.lease(), lease);
    return replaced;
  }

  /// Deletes a key. Returns what it was; null when there is nothing to delete, which is no change.
  public @Nullable KeyMeta delete(Key key) {
    KeyMeta replaced = beforeChange(key);
    if (replaced == null) {
      return null;
    }
    write(key, null, new KeyMeta(0, revision, 0, 0));
    moveLease(key, replaced.lease(), 0);
    return replaced;
  }

  /// Ends the mutation. The store's revision becomes this one if anything changed, else it stays.
  /// Returns whether anything changed.
  public boolean seal() {
    check(open, "an open mutation is sealed");
    boolean changed = changeCount > 0;
    open = false;
    if (changed) {
      store.sealed(revision);
    }
    return changed;
  }

  /// Gives up a mutation that has not changed anything yet.
  public void discard() {
    check(open, "an open mutation is discarded");
    check(changeCount == 0, "a mutation is discarded before its first change");
    open = false;
  }

  /// Reads the index entry of `key`; an absent one becomes the start of a chain.
  private @Nullable KeyMeta beforeChange(Key key) {
    check(open, "changes belong to an open mutation");
    checkAtMost(1, key.length(), "a key is not empty");
    checkAtMost((long) firstSub + changeCount, Integer.MAX_VALUE - 1L, "sub-revisions fit");
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
    if (entry.main < store.compactRevision()) {
      entry.startChain();
    }
    return null;
  }

  private void write(Key key, byte @Nullable [] value, KeyMeta now) {
    long prevMain = entry.main;
    int prevSub = entry.sub;
    link(prevMain, prevSub);
    entry.main = revision;
    entry.sub = firstSub + changeCount;
    entry.tombstone = value == null;
    entry.create = now.createRevision();
    entry.version = now.version();
    entry.lease = now.lease();
    putRecord(key, value, prevMain, prevSub);
    putEntry(key);
    changeCount++;
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
    boolean opened = entry.leapMain > Math.max(Chain.NONE, store.compactRevision());
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
    RecordLayout.putKey(recordKey, revision, firstSub + changeCount);
    check(trees.revisions().put(recordKey, to, length, true), "a revision is written once");
  }

  /// Where [#beforeChange] found an entry, the cursor stands on it still.
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

  private void moveLease(Key key, long from, long to) {
    if (from == to) {
      return;
    }
    if (from != 0) {
      check(trees.leases().delete(MvccTrees.leaseKey(from, key)), "an attached key is indexed");
    }
    if (to != 0) {
      boolean added = trees.leases().put(MvccTrees.leaseKey(to, key), entryBytes, 0, true);
      check(added, "a key is attached once");
    }
  }
}
