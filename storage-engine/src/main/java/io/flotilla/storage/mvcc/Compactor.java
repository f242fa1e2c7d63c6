package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.btree.Cursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Removes what the compaction revision R no longer keeps, in steps that each end in a consistent
/// store and note how far they came.
///
/// A record dies when it is below R and either a record at or below R supersedes it or it is a
/// tombstone. The latter takes the key's index entry along if it is the newest record.
final class Compactor {
  /*
   * Only records from the last compaction revision L up to R are looked at. Whatever dies is either
   * one of them (a tombstone) or named by one of them: the record that supersedes it at or below R
   * points to it with prev. If that record is below L, the earlier compaction has done it. Records
   * of L itself were kept whole for readers of history and are looked at again.
   *
   * Looking and removing alternate: up to a budget of records is read with one cursor, which the
   * removals then invalidate. What a look decides depends only on the record, on R and on whether
   * the record is its key's newest, and removals change none of that for another record, so the
   * order within a step does not matter, and neither does a repetition after a restart.
   */

  private final MvccStore store;
  private final MvccTrees trees;
  private final StoreMeta meta;
  private final RecordCursor records;
  private final Cursor keys;
  private final KeyEntry entry = new KeyEntry();
  private final byte[] recordKey = new byte[RecordLayout.KEY_SIZE];
  private final List<byte[]> deadKeys = new ArrayList<>();
  private long[] dead = new long[256];
  private int deadCount;
  private StoreMeta.Progress progress;

  Compactor(MvccStore store, MvccTrees trees, StoreMeta meta) {
    this.store = store;
    this.trees = trees;
    this.meta = meta;
    this.records = new RecordCursor(trees.revisions());
    this.keys = trees.keys().cursor();
    this.progress = meta.compaction();
  }

  StoreMeta.Progress progress() {
    return progress;
  }

  void start(long to) {
    checkAtMost(progress.revision() + 1, to, "compaction moves forward");
    note(progress.retarget(to));
  }

  boolean step(int budget) {
    checkAtMost(1, budget, "a step looks at something");
    if (progress.done()) {
      return false;
    }
    StoreMeta.Progress after = look(budget);
    remove();
    note(after);
    return !after.done();
  }

  private void note(StoreMeta.Progress now) {
    meta.putCompaction(now);
    progress = now;
  }

  private StoreMeta.Progress look(int budget) {
    long compactRevision = progress.revision();
    boolean more = records.seek(progress.nextMain(), progress.nextSub());
    for (int looked = 0; more && records.main() <= compactRevision; looked++) {
      if (looked == budget) {
        return progress.advance(records.main(), records.sub());
      }
      judge(compactRevision);
      more = records.next();
    }
    return progress.finish();
  }

  private void judge(long compactRevision) {
    long prevMain = records.prevMain();
    if (prevMain != Chain.NONE && prevMain < compactRevision) {
      bury(prevMain, records.prevSub());
    }
    if (records.tombstone() && records.main() < compactRevision) {
      bury(records.main(), records.sub());
      buryKey();
    }
  }

  private void bury(long main, int sub) {
    if (dead.length < deadCount + 2) {
      dead = Arrays.copyOf(dead, 2 * dead.length);
    }
    dead[deadCount++] = main;
    dead[deadCount++] = sub;
  }

  private void buryKey() {
    byte[] key = records.key().bytes();
    check(keys.seekExact(key), "a retained record's key is indexed");
    entry.read(keys);
    if (entry.main == records.main() && entry.sub == records.sub()) {
      check(entry.tombstone, "a key whose newest record is a tombstone is dead");
      deadKeys.add(key);
    }
  }

  private void remove() {
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
