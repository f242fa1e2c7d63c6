package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;

import io.flotilla.storage.btree.Cursor;

/// Whether a record is the newest of its key at some revision.
final class NewestRecord {
  private final Cursor keys;
  private final RecordCursor newest;
  private final KeyEntry entry = new KeyEntry();

  NewestRecord(MvccTrees trees) {
    this.keys = trees.keys().cursor();
    this.newest = new RecordCursor(trees.revisions());
  }

  /// @param record stands on a record at or below `revision`
  boolean is(RecordCursor record, long revision) {
    check(keys.seekExact(record.key().bytes()), "a retained record's key is indexed");
    entry.read(keys);
    return newest.seekNewest(entry.main, entry.sub, revision)
        && newest.main() == record.main()
        && newest.sub() == record.sub();
  }
}
