package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.page.Meta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the owner thread does around the run of a checkpoint: freezes a state, decides what goes
/// where, and afterwards lets go of the states that no meta page reaches any more.
final class CheckpointPlanner {
  private final OpenFile file;
  private final PageStore store;
  private final TreeFileConfig config;
  private final Lifetime lifetime;
  private Meta meta;
  private Meta.Run directory;
  private Meta.Run freeMap;
  private long runsEpoch; // in which the two runs were made
  private EpochHolds.Hold newest;
  private EpochHolds.@Nullable Hold older;
  private EpochHolds.@Nullable Hold running;
  private boolean truncateNext;

  CheckpointPlanner(OpenFile file, TreeFileConfig config, Lifetime lifetime) {
    this.lifetime = lifetime;
    this.file = file;
    this.store = file.store();
    this.config = config;
    this.meta = file.meta();
    this.directory = meta.directory();
    this.freeMap = meta.freeMap();
    this.runsEpoch = meta.epoch();
    this.newest = file.newestHold();
    this.older = file.olderHold();
  }

  /// The next checkpoint cuts the free tail of the file off.
  void truncateNext() {
    truncateNext = true;
  }

  Checkpoint begin(Collection<BTree> trees, boolean hasViews) {
    List<TreeDirectory.Row> rows = rows(trees);
    placeRuns(TreeDirectory.encode(rows).length);
    int limit = store.space().usedLimit();
    byte[] map = store.space().freeMap(limit);
    checkAtMost(map.length, freeMap.length(), "the free map fits where it was placed");
    byte[] free = Arrays.copyOf(map, freeMap.length());
    long pageCount = store.dirtyPages();
    PageBitmap pages = store.takeDirty();
    long epoch = store.freeze();
    running = store.pageHolds().hold(epoch);
    Meta next = new Meta(config.pageBytes(), meta.sequence() + 1, epoch, limit, directory, freeMap);
    int filePages = file.filePages();
    if (limit > filePages) {
      filePages = config.grownPages(limit);
    }
    int cut = truncateNext ? cut(limit, hasViews) : 0;
    var plan = new Checkpoint.Plan(next, rows, free, pages, pageCount, filePages, cut);
    return new Checkpoint(file, lifetime, plan);
  }

  private static List<TreeDirectory.Row> rows(Collection<BTree> trees) {
    List<TreeDirectory.Row> rows = new ArrayList<>(trees.size());
    for (BTree tree : trees) {
      TreeRoot root = tree.root();
      rows.add(new TreeDirectory.Row(root.name, root.page, root.depth, root.entries, root.counted));
    }
    return rows;
  }

  /// Drops the runs of the last checkpoint and takes pages for the new ones. The free map covers
  /// itself, so its place is taken before its content is known.
  private void placeRuns(int directoryBytes) {
    drop(directory);
    drop(freeMap);
    runsEpoch = store.epoch();
    directory = take(directoryBytes);
    int limit = store.space().limit();
    int pages = store.geometry().runPages(mapBytes(limit));
    // The map's own pages may lie behind the present end and make it longer.
    freeMap = take(mapBytes(limit + pages + 1));
  }

  private static int mapBytes(int limit) {
    return (limit + Byte.SIZE - 1) / Byte.SIZE;
  }

  private void drop(Meta.Run run) {
    if (run.page() != 0) {
      int pages = store.geometry().runPages(run.length());
      store.space().drop(run.page(), pages);
      store.pageHolds().retire(run.page(), pages, runsEpoch, store.epoch());
    }
  }

  private Meta.Run take(int length) {
    if (length == 0) {
      return Meta.Run.NONE;
    }
    return new Meta.Run(store.space().allocate(store.geometry().runPages(length)), length);
  }

  /// The size to cut the file to, or zero. With an open view nothing that is parked is cut, since
  /// the view may see it.
  private int cut(int limit, boolean hasViews) {
    truncateNext = false;
    int keep = limit;
    if (hasViews) {
      keep = (int) Math.max(keep, store.pageHolds().parkedLimit(0));
    }
    return keep < file.filePages() ? keep : 0;
  }

  void end(Checkpoint checkpoint) {
    Checkpoint.Plan plan = checkpoint.plan();
    EpochHolds.Hold done = takeRunning();
    store.becameClean(checkpoint.written());
    if (older != null) {
      store.pageHolds().release(older);
    }
    older = newest;
    newest = done;
    meta = checkpoint.lastMeta();
    file.resized(plan.filePages());
    if (plan.truncatePages() > 0) {
      store.pageHolds().release(older);
      older = null;
      store.space().dropFreeTail();
      file.resized(plan.truncatePages());
    }
  }

  /// The runs that were placed for it are dropped by the next checkpoint.
  void abandon(Checkpoint checkpoint) {
    EpochHolds.Hold failed = takeRunning();
    store.returnDirty(checkpoint.plan().pages());
    store.pageHolds().release(failed);
  }

  private EpochHolds.Hold takeRunning() {
    EpochHolds.Hold hold = running;
    check(hold != null, "a running checkpoint holds its state");
    running = null;
    return hold;
  }
}
