package io.flotilla.storage.btree;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.RunPage;
import io.flotilla.storage.page.SlottedPage;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Moves pages from the tail of the file to free pages lower down, so that the tail can be cut off.
///
/// One pass walks every tree once, leaf by leaf, in small steps, and moves whatever lies beyond the
/// size that the pages in use would need. Owner thread.
final class Relocation {
  /// Leaves that one step may look at for each page that it may move.
  private static final int LOOKS_PER_MOVE = 16;

  /// Pages left free below the target, for the runs of the file itself and the paths above a move.
  private static final int SLACK_PAGES = 16;

  private final PageStore store;
  private final TreeMap<String, BTree> trees;
  private @Nullable String treeName; // where the pass goes on; null when none is under way
  private byte @Nullable [] resumeKey; // null for the first leaf
  private int target;
  private int moved;

  Relocation(PageStore store, TreeMap<String, BTree> trees) {
    this.store = store;
    this.trees = trees;
  }

  /// Moves about `budget` pages; returns how many, zero when the pass came to its end without.
  int step(int budget) {
    moved = 0;
    int looks = budget * LOOKS_PER_MOVE;
    if (treeName == null) {
      target = store.space().usedPages() + SLACK_PAGES;
      if (store.space().usedLimit() <= target || trees.isEmpty()) {
        return 0;
      }
      treeName = trees.firstKey();
      resumeKey = null;
    }
    while (treeName != null && (moved == 0 || looks > 0) && moved < budget && canMove()) {
      looks -= walk(trees.get(treeName).root(), budget, looks);
    }
    return moved;
  }

  private boolean canMove() {
    return store.space().peek(1) < target;
  }

  /// Goes on in one tree; returns how many leaves were looked at.
  private int walk(TreeRoot root, int budget, int looks) {
    TreePath path = new TreePath(store.reader());
    if (root.depth > 0) {
      enter(path, root);
      for (int looked = 1; ; looked++) {
        visit(path, root);
        if (!path.nextLeaf()) {
          break;
        }
        if (moved >= budget || looked >= looks || !canMove()) {
          path.setSlot(path.leafLevel(), 0);
          resumeKey = KeySearch.leafKey(store.reader(), path.cell());
          return looked;
        }
      }
    }
    resumeKey = null;
    Map.Entry<String, BTree> next = trees.higherEntry(treeName);
    treeName = next == null ? null : next.getKey();
    return 1;
  }

  private void enter(TreePath path, TreeRoot root) {
    if (resumeKey == null) {
      path.descendToEnd(root, false);
    } else {
      path.descend(root, resumeKey);
    }
  }

  /// Moves the pages of the path and the runs of its cells that lie beyond the target.
  private void visit(TreePath path, TreeRoot root) {
    if (!anyBeyond(path)) {
      return;
    }
    root.version++;
    TreeWriter.own(path, root, store);
    for (int level = 0; level < path.depth(); level++) {
      if (path.page(level) >= target && canMove()) {
        TreeWriter.move(level, path, root, store);
        moved++;
      }
      if (level < path.leafLevel()) {
        moveBranchRun(SlottedPage.cell(path.address(level), path.slot(level)));
      }
    }
    long leaf = path.leaf();
    for (int slot = SlottedPage.count(leaf) - 1; slot >= 0; slot--) {
      moveLeafRuns(SlottedPage.cell(leaf, slot));
    }
  }

  private boolean anyBeyond(TreePath path) {
    for (int level = 0; level < path.depth(); level++) {
      if (path.page(level) >= target) {
        return true;
      }
      if (level < path.leafLevel()) {
        long cell = SlottedPage.cell(path.address(level), path.slot(level));
        if (BranchCell.keyOverflows(cell) && beyond(BranchCell.keyRun(cell), restLength(cell))) {
          return true;
        }
      }
    }
    long leaf = path.leaf();
    for (int slot = SlottedPage.count(leaf) - 1; slot >= 0; slot--) {
      long cell = SlottedPage.cell(leaf, slot);
      if (LeafCell.keyOverflows(cell) && beyond(LeafCell.keyRun(cell), leafRestLength(cell))
          || LeafCell.valueOverflows(cell)
              && beyond(LeafCell.valueRun(cell), LeafCell.valueLength(cell))) {
        return true;
      }
    }
    return false;
  }

  private static int restLength(long cell) {
    return BranchCell.keyLength(cell) - CellKey.inline(BranchCell.head(cell));
  }

  private static int leafRestLength(long cell) {
    return LeafCell.keyLength(cell) - CellKey.inline(LeafCell.head(cell));
  }

  /// Whether a run should move and can.
  private boolean beyond(int run, int length) {
    int pages = store.geometry().runPages(length);
    return run + pages > target && store.space().peek(pages) + pages <= target;
  }

  private void moveBranchRun(long cell) {
    if (BranchCell.keyOverflows(cell) && beyond(BranchCell.keyRun(cell), restLength(cell))) {
      int copy = moveRun(BranchCell.keyRun(cell));
      CellKey.putRun(BranchCell.head(cell), cell + BranchCell.KEY_OFFSET, copy);
    }
  }

  private void moveLeafRuns(long cell) {
    if (LeafCell.keyOverflows(cell) && beyond(LeafCell.keyRun(cell), leafRestLength(cell))) {
      int copy = moveRun(LeafCell.keyRun(cell));
      CellKey.putRun(LeafCell.head(cell), cell + LeafCell.KEY_OFFSET, copy);
    }
    int length = LeafCell.valueOverflows(cell) ? LeafCell.valueLength(cell) : 0;
    if (length > 0 && beyond(LeafCell.valueRun(cell), length)) {
      LeafCell.putValueRun(cell, length, moveRun(LeafCell.valueRun(cell)));
    }
  }

  private int moveRun(int run) {
    store.space().searchFromStart();
    int copy = store.copyRun(run);
    moved += store.geometry().runPages(RunPage.length(store.address(copy)));
    return copy;
  }
}
