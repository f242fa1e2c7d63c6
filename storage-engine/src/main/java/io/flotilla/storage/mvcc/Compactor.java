package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.checkAtMost;

/// Removes what the compaction revision R no longer keeps ([Sweep]), in steps that each end in a
/// consistent store and note how far they came.
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
   *
   * Records that are imported at or below R are new to it: the place goes back to the lowest one.
   *
   * While it is held, R moves on and nothing is removed. Then pointers have to stay whole from a
   * revision on that may be below R: `keptFrom`.
   */

  /// No hold.
  private static final long FREE = Long.MIN_VALUE;

  private final StoreMeta meta;
  private final RecordCursor records;
  private final Sweep sweep;
  private StoreMeta.Progress progress;
  private long hold = FREE;

  Compactor(MvccStore store, MvccTrees trees, StoreMeta meta) {
    this.meta = meta;
    this.records = new RecordCursor(trees.revisions());
    this.sweep = new Sweep(store, trees);
    this.progress = meta.compaction();
  }

  StoreMeta.Progress progress() {
    return progress;
  }

  void hold(long from) {
    checkAtMost(-1, from, "what is held is from a revision on, or from the beginning");
    hold = from;
  }

  void resume() {
    hold = FREE;
  }

  /// Whether there is something to remove and it may be.
  boolean isDue() {
    return hold == FREE && !progress.done();
  }

  /// The revision from which on every record and every pointer stays.
  long keptFrom() {
    return hold == FREE ? progress.revision() : Math.min(hold, progress.revision());
  }

  void start(long to) {
    checkAtMost(progress.revision() + 1, to, "compaction moves forward");
    note(progress.retarget(to));
  }

  /// Sees to it that a record that was imported is looked at.
  void cover(long main, int sub) {
    if (main <= progress.revision() && !progress.looksAt(main, sub)) {
      note(progress.advance(main, sub));
    }
  }

  boolean step(int budget) {
    checkAtMost(1, budget, "a step looks at something");
    if (!isDue()) {
      return false;
    }
    StoreMeta.Progress after = look(budget);
    sweep.remove();
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
      sweep.judge(records, compactRevision);
      more = records.next();
    }
    return progress.finish();
  }
}
