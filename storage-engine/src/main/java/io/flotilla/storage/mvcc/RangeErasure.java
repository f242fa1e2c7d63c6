package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.btree.Cursor;
import java.util.List;

/// Removes every key of a range with all its history, in steps that each end in a consistent store.
/// Nobody reads or writes the range meanwhile. An erasure that was not finished is begun anew.
public final class RangeErasure {
  /*
   * A key goes from its newest record backwards, by the chain; if the budget ends within one, its
   * index entry is made to name the record that is the newest one then, so that what is left is a
   * key with a shorter history.
   *
   * Records of a key that no chain reaches any more are there only while a compaction is under way:
   * those up to a tombstone below it, when the key was made anew before they were removed. So first
   * comes what the compaction would do, for the range alone.
   */

  private final MvccStore store;
  private final MvccTrees trees;
  private final KeyRange range;
  private final KeyFilter filter;
  private final Sweep sweep;
  private final RecordCursor records;
  private final RecordCursor jumped;
  private final Cursor keys;
  private final KeyEntry entry = new KeyEntry();
  private final byte[] entryBytes = new byte[KeyEntry.MAX_SIZE];
  private final byte[] recordKey = new byte[RecordLayout.KEY_SIZE];
  private final StoreMeta.Progress compaction;
  private byte[] keyBytes = new byte[64];
  private long nextMain;
  private long nextSub;
  private boolean swept;

  RangeErasure(MvccStore store, MvccTrees trees, KeyRange range, StoreMeta.Progress compaction) {
    this.store = store;
    this.trees = trees;
    this.range = range;
    this.filter = new KeyFilter(List.of(range));
    this.sweep = new Sweep(store, trees);
    this.records = new RecordCursor(trees.revisions());
    this.jumped = new RecordCursor(trees.revisions());
    this.keys = trees.keys().cursor();
    this.compaction = compaction;
    this.nextMain = compaction.nextMain();
    this.nextSub = compaction.nextSub();
    this.swept = compaction.done() || !seekKey();
  }

  /// What is erased.
  public KeyRange range() {
    return range;
  }

  /// Looks at up to `budget` records. True when there is more to do.
  public boolean step(int budget) {
    checkAtMost(1, budget, "a step looks at something");
    store.checkBetweenMutations();
    if (!swept) {
      sweep(budget);
      return true;
    }
    int left = budget;
    while (left > 0) {
      if (!seekKey()) {
        return false;
      }
      left -= erase(left);
    }
    return true;
  }

  private void sweep(int budget) {
    long compactRevision = compaction.revision();
    boolean more = records.seek(nextMain, nextSub);
    int looked = 0;
    while (more && looked < budget && records.main() <= compactRevision) {
      nextMain = records.main();
      nextSub = records.sub() + 1L;
      int length = records.keyLength();
      keyBytes = Bytes.atLeast(keyBytes, length);
      records.copyKey(keyBytes, 0);
      if (filter.contains(keyBytes, length)) {
        sweep.judge(records, compactRevision);
      }
      looked++;
      more = records.next();
    }
    swept = looked < budget;
    sweep.remove();
  }

  /// Stands on the first key of the range that there is still.
  private boolean seekKey() {
    Key end = range.end();
    return keys.seek(range.start().bytes()) && (end == null || keys.compareKey(end.bytes()) < 0);
  }

  /// Erases up to `budget` records of the key on which the cursor stands; tells how many.
  private int erase(int budget) {
    byte[] bytes = keys.key();
    Key key = Key.of(bytes);
    entry.read(keys);
    long lease = entry.lease;
    long main = entry.main;
    int sub = entry.sub;
    check(records.seekExact(main, sub), "an index entry names a record");
    int erased = 0;
    boolean more = true;
    while (more && erased < budget) {
      RecordLayout.putKey(recordKey, main, sub);
      main = records.prevMain();
      sub = records.prevSub();
      check(trees.revisions().delete(recordKey), "a record that was read is there");
      erased++;
      more = main != Chain.NONE && records.seekExact(main, sub);
    }
    if (more) {
      standOn(bytes);
    } else {
      check(trees.keys().delete(bytes), "a key has an index entry");
      entry.lease = 0;
    }
    trees.moveLease(key, lease, entry.lease);
    store.changed();
    return erased;
  }

  /// Makes the record where `records` stands the newest one of its key.
  private void standOn(byte[] key) {
    entry.standOn(records);
    boolean leaps = jumped.seekExact(entry.jumpMain, entry.jumpSub);
    entry.leapMain = leaps ? jumped.jumpMain() : Chain.NONE;
    entry.leapSub = leaps ? jumped.jumpSub() : 0;
    int length = entry.write(entryBytes);
    trees.keys().put(key, entryBytes, length, !entry.tombstone);
  }
}
