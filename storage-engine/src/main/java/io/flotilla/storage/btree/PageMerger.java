package io.flotilla.storage.btree;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.SlottedPage;

/// Gives space back after a removal: an empty page goes, a page below a third of its capacity joins
/// a neighbour when both fit in one page with some room left, and a root with one child goes.
final class PageMerger {
  private final PageStore store;
  private final TreeRoot root;
  private final TreePath path;
  private final int pageBytes;
  private final int fewBytes;
  private final int mergedBytes;

  PageMerger(PageStore store, TreeRoot root, TreePath path) {
    this.store = store;
    this.root = root;
    this.path = path;
    this.pageBytes = store.geometry().pageBytes();
    this.fewBytes = store.geometry().capacity() / 3;
    this.mergedBytes = store.geometry().capacity() / 10 * 9;
  }

  /// Looks at the path's pages from the leaf up. They may be changed.
  void afterRemoval() {
    int level = path.leafLevel();
    while (level > 0) {
      long page = path.address(level);
      if (SlottedPage.count(page) == 0) {
        store.dropPage(path.page(level));
        removeChild(path.address(level - 1), path.slot(level - 1));
      } else if (SlottedPage.usedBytes(page) >= fewBytes || !mergeWithNeighbour(level)) {
        return;
      }
      level--;
    }
    shrinkRoot();
  }

  private void shrinkRoot() {
    long page = store.address(root.page);
    while (SlottedPage.count(page) < 2) {
      boolean leaf = PageHeader.kind(page) == PageKind.LEAF;
      if (SlottedPage.count(page) == 0) {
        store.dropPage(root.page);
        root.page = 0;
        root.depth = 0;
        return;
      }
      if (leaf) {
        return;
      }
      int child = BranchCell.child(SlottedPage.cell(page, 0));
      store.dropPage(root.page);
      root.page = child;
      root.depth--;
      page = store.address(child);
    }
  }

  private void removeChild(long parent, int slot) {
    long cell = SlottedPage.cell(parent, slot);
    dropKeyRun(cell);
    SlottedPage.remove(parent, pageBytes, slot, BranchCell.bytes(cell));
    if (slot == 0 && SlottedPage.count(parent) > 0) {
      long first = SlottedPage.cell(parent, 0);
      dropKeyRun(first);
      SlottedPage.addHoles(parent, BranchCell.dropKey(first));
    }
  }

  private void dropKeyRun(long cell) {
    if (BranchCell.keyOverflows(cell)) {
      int rest = BranchCell.keyLength(cell) - CellKey.inline(BranchCell.head(cell));
      store.dropRun(BranchCell.keyRun(cell), rest);
    }
  }

  private boolean mergeWithNeighbour(int level) {
    int slot = path.slot(level - 1);
    long parent = path.address(level - 1);
    return slot > 0 && tryMerge(level, parent, slot - 1)
        || slot + 1 < SlottedPage.count(parent) && tryMerge(level, parent, slot);
  }

  /// Joins the children at `leftSlot` and behind it, if they fit in one page.
  private boolean tryMerge(int level, long parent, int leftSlot) {
    long leftCell = SlottedPage.cell(parent, leftSlot);
    long rightCell = SlottedPage.cell(parent, leftSlot + 1);
    int leftPage = BranchCell.child(leftCell);
    int rightPage = BranchCell.child(rightCell);
    long left = store.address(leftPage);
    long right = store.address(rightPage);
    boolean leaf = level == path.leafLevel();
    int together = SlottedPage.usedBytes(left) + SlottedPage.usedBytes(right);
    together += leaf ? 0 : CellKey.bytes(BranchCell.head(rightCell));
    if (together > mergedBytes) {
      return false;
    }
    if (!store.writable(left)) {
      leftPage = store.copy(leftPage);
      left = store.address(leftPage);
      BranchCell.putChild(leftCell, leftPage);
    }
    store.compact(left);
    if (leaf) {
      appendLeaf(left, right);
      dropKeyRun(rightCell);
    } else {
      appendBranch(left, right, Separator.of(rightCell));
    }
    BranchCell.putWeight(leftCell, BranchCell.weight(leftCell) + BranchCell.weight(rightCell));
    int rightBytes = BranchCell.bytes(rightCell);
    SlottedPage.remove(parent, pageBytes, leftSlot + 1, rightBytes);
    store.dropPage(rightPage);
    return true;
  }

  private void appendLeaf(long left, long right) {
    int count = SlottedPage.count(right);
    for (int slot = 0; slot < count; slot++) {
      long cell = SlottedPage.cell(right, slot);
      SlottedPage.append(left, pageBytes, cell, LeafCell.bytes(cell));
    }
  }

  /// The first child of the right page gets back the lower bound that its parent kept for it. When
  /// that key continues in a run, the run goes along with it.
  private void appendBranch(long left, long right, Separator bound) {
    int count = SlottedPage.count(right);
    for (int slot = 0; slot < count; slot++) {
      long cell = SlottedPage.cell(right, slot);
      if (slot == 0) {
        int at = SlottedPage.count(left);
        long copy = SlottedPage.insert(left, pageBytes, at, bound.cellBytes());
        bound.write(copy, BranchCell.child(cell), BranchCell.weight(cell));
      } else {
        SlottedPage.append(left, pageBytes, cell, BranchCell.bytes(cell));
      }
    }
  }
}
