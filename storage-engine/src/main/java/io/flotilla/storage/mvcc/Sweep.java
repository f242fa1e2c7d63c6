package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;

import io.flotilla.storage.btree.Cursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Decides which records a compaction drops, and removes them: [#judge] some, then [#remove].
///
/// A record dies when it is below the compaction revision and either a record at or below that
/// revision supersedes it or it is a tombstone. The latter takes the key's index entry along if it
/// is the newest record.
final class Sweep {
  private final MvccStore store;
  private final MvccTrees trees;
  private final Cursor keys;
  private final KeyEntry entry = new KeyEntry();
  private final byte[] recordKey = new byte[RecordLayout.KEY_SIZE];
  private final List<byte[]> deadKeys = new ArrayList<>();
  private long[] dead = new long[256];
  private int deadCount;

  Sweep(MvccStore store, MvccTrees trees) {
    this.store = store;
    this.trees = trees;
    this.keys = trees.keys().cursor();
  }

  /// Notes what dies because of the record, which is at or below `compactRevision`: itself, or the
  /// one that it supersedes.
  void judge(RecordCursor record, long compactRevision) {
    long prevMain = record.prevMain();
    if (prevMain != Chain.NONE && prevMain < compactRevision) {
      bury(prevMain, record.prevSub());
    }
    if (record.tombstone() && record.main() < compactRevision) {
      bury(record.main(), record.sub());
      buryKey(record);
    }
  }

  private void bury(long main, int sub) {
    if (dead.length < deadCount + 2) {
      dead = Arrays.copyOf(dead, 2 * dead.length);
    }
    dead[deadCount++] = main;
    dead[deadCount++] = sub;
  }

  private void buryKey(RecordCursor record) {
    byte[] key = record.key().bytes();
    check(keys.seekExact(key), "a retained record's key is indexed");
    entry.read(keys);
    if (entry.main == record.main() && entry.sub == record.sub()) {
      check(entry.tombstone, "a key whose newest record is a tombstone is dead");
      deadKeys.add(key);
    }
  }

  /// Removes what was noted.
  void remove() {
    if (deadCount == 0) {
      return;
    }
    for (int i = 0; i < deadCount; i += 2) {
      RecordLayout.putKey(recordKey, dead[i], dead[i + 1]);
      trees.revisions().delete(recordKey); // absent when an earlier compaction removed it
    }
    for (byte[] key : deadKeys) {
      check(trees.keys().delete(key), "a dead key has an index entry");
    }
    deadCount = 0;
    deadKeys.clear();
    store.changed();
  }
}
