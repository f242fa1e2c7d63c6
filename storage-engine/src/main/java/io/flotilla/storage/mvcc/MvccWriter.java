package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Key;
import org.jspecify.annotations.Nullable;

/// Writes one mutation: all its changes carry one revision, and ascending sub-revisions in the
/// order of the calls. Each change is visible to reads at [#revision] at once.
///
/// There is no way back after the first change: whatever may refuse a request is checked before.
/// One instance serves one mutation after the other; it is valid from [MvccStore#begin] until
/// [#seal] or [#discard].
public final class MvccWriter {
  private final MvccStore store;
  private final RecordWriter records;
  private boolean open;
  private long revision;
  private int firstSub;
  private int changeCount;

  MvccWriter(MvccStore store, RecordWriter records) {
    this.store = store;
    this.records = records;
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
    KeyMeta replaced = begin(key);
    long create = replaced == null ? revision : replaced.createRevision();
    long version = replaced == null ? 1 : replaced.version() + 1;
    write(key, value, new KeyMeta(create, revision, version, lease), replaced);
    return replaced;
  }

  /// Deletes a key. Returns what it was; null when there is nothing to delete, which is no change.
  public @Nullable KeyMeta delete(Key key) {
    KeyMeta replaced = begin(key);
    if (replaced == null) {
      return null;
    }
    write(key, null, new KeyMeta(0, revision, 0, 0), replaced);
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

  private @Nullable KeyMeta begin(Key key) {
    check(open, "changes belong to an open mutation");
    checkAtMost(1, key.length(), "a key is not empty");
    checkAtMost((long) firstSub + changeCount, Integer.MAX_VALUE - 1L, "sub-revisions fit");
    return records.begin(key);
  }

  private void write(Key key, byte @Nullable [] value, KeyMeta now, @Nullable KeyMeta replaced) {
    records.write(key, firstSub + changeCount, value, now, replaced);
    changeCount++;
  }
}
