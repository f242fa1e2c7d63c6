package io.flotilla.storage.btree;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.SlottedPage;

/// Puts a cell into its page, splitting pages up to the root as needed.
///
/// A page that overflows at the right edge of the tree stays full and only the new cell moves on,
/// so that ascending keys fill pages completely. Any other page is cut near the middle.
final class PageSplitter {
  private final PageStore store;
  private final TreeRoot root;
  private final TreePath path;
  private final int pageBytes;

  PageSplitter(PageStore store, TreeRoot root, TreePath path) {
    this.store = store;
    this.root = root;
    this.path = path;
    this.pageBytes = store.geometry().pageBytes();
  }

  /// Writes `entry` at the path's leaf slot. The weights above count it already.
  ///
  /// @return false when pages were split: the path leads nowhere then
  boolean insert(LeafEntry entry) {
    long leaf = path.leaf();
    if (makeRoom(leaf, entry.bytes())) {
      entry.write(SlottedPage.insert(leaf, pageBytes, path.leafSlot(), entry.bytes()));
      return true;
    }
    splitLeaf(entry);
    return false;
  }

  private boolean makeRoom(long page, int cellBytes) {
    if (SlottedPage.fitsInGap(page, pageBytes, cellBytes)) {
      return true;
    }
    if (!SlottedPage.fits(page, pageBytes, cellBytes)) {
      return false;
    }
    store.compact(page);
    return true;
  }

  private void splitLeaf(LeafEntry entry) {
    long left = path.leaf();
    int slot = path.leafSlot();
    int rightPage = store.newPage(PageKind.LEAF, 0);
    long right = store.address(rightPage);
    int cut = cut(left, path.leafLevel(), slot, entry.bytes());
    if (cut == slot && slot == SlottedPage.count(left)) {
      append(right, entry);
    } else {
      distribute(entry, left, right, cut);
    }
    long lastLeft = SlottedPage.cell(left, SlottedPage.count(left) - 1);
    byte[] below = KeySearch.leafKey(store.reader(), lastLeft);
    byte[] above = KeySearch.leafKey(store.reader(), SlottedPage.cell(right, 0));
    Separator separator = Separator.between(store, below, above);
    insertChild(path.leafLevel() - 1, separator, rightPage, leafWeight(right));
  }

  /// Leaves the first `cut` cells, the new one counted at the path's leaf slot, on the left.
  private void distribute(LeafEntry entry, long left, long right, int cut) {
    int slot = path.leafSlot();
    long source = lift(left);
    int count = SlottedPage.count(source);
    for (int i = 0, from = 0; i <= count; i++) {
      long target = i < cut ? left : right;
      if (i == slot) {
        append(target, entry);
      } else {
        long cell = SlottedPage.cell(source, from++);
        SlottedPage.append(target, pageBytes, cell, LeafCell.bytes(cell));
      }
    }
  }

  private void append(long page, LeafEntry entry) {
    int at = SlottedPage.count(page);
    entry.write(SlottedPage.insert(page, pageBytes, at, entry.bytes()));
  }

  /// Puts a new child behind the path's slot of a level; `weight` moves over to it from there.
  private void insertChild(int level, Separator separator, int child, long weight) {
    if (level < 0) {
      growRoot(separator, child, weight);
      return;
    }
    long page = path.address(level);
    long present = SlottedPage.cell(page, path.slot(level));
    BranchCell.putWeight(present, BranchCell.weight(present) - weight);
    int slot = path.slot(level) + 1;
    if (makeRoom(page, separator.cellBytes())) {
      long cell = SlottedPage.insert(page, pageBytes, slot, separator.cellBytes());
      separator.write(cell, child, weight);
    } else {
      splitBranch(level, separator, child, weight);
    }
  }

  private void splitBranch(int level, Separator separator, int child, long weight) {
    long left = path.address(level);
    int slot = path.slot(level) + 1;
    int rightPage = store.newPage(PageKind.BRANCH, PageHeader.level(left));
    long right = store.address(rightPage);
    int cut = cut(left, level, slot, separator.cellBytes());
    long source = lift(left);
    int count = SlottedPage.count(source);
    Separator up = separator;
    for (int i = 0, from = 0; i <= count; i++) {
      long target = i < cut ? left : right;
      if (i == slot) {
        append(target, i == cut ? Separator.empty() : separator, child, weight);
      } else {
        long cell = SlottedPage.cell(source, from++);
        if (i == cut) {
          up = Separator.of(cell);
          append(right, Separator.empty(), BranchCell.child(cell), BranchCell.weight(cell));
        } else {
          SlottedPage.append(target, pageBytes, cell, BranchCell.bytes(cell));
        }
      }
    }
    insertChild(level - 1, up, rightPage, branchWeight(right));
  }

  private void growRoot(Separator separator, int child, long weight) {
    int page = store.newPage(PageKind.BRANCH, root.depth);
    long address = store.address(page);
    append(address, Separator.empty(), root.page, root.counted - weight);
    append(address, separator, child, weight);
    root.page = page;
    root.depth++;
  }

  private void append(long page, Separator separator, int child, long weight) {
    int at = SlottedPage.count(page);
    separator.write(SlottedPage.insert(page, pageBytes, at, separator.cellBytes()), child, weight);
  }

  /// Moves the cells of a page to scratch memory and empties the page.
  private long lift(long page) {
    Memory.copy(page, store.scratch(), pageBytes);
    SlottedPage.clear(page);
    return store.scratch();
  }

  /// How many cells stay on the left when a cell of `cellBytes` comes in before `slot`.
  private int cut(long page, int level, int slot, int cellBytes) {
    int count = SlottedPage.count(page);
    if (slot == count && path.rightmostAbove(level)) {
      return count;
    }
    boolean leaf = PageHeader.kind(page) == PageKind.LEAF;
    int total = SlottedPage.usedBytes(page) + cellBytes + SlottedPage.SLOT_BYTES;
    int best = 1;
    int bestSize = Integer.MAX_VALUE;
    int left = 0;
    for (int i = 0, from = 0; i < count; i++) {
      int bytes = i == slot ? cellBytes : CellBytes.of(SlottedPage.cell(page, from++), leaf);
      left += bytes + SlottedPage.SLOT_BYTES;
      int larger = Math.max(left, total - left);
      if (larger < bestSize) {
        best = i + 1;
        bestSize = larger;
      }
    }
    return best;
  }

  static long leafWeight(long page) {
    long weight = 0;
    for (int slot = SlottedPage.count(page) - 1; slot >= 0; slot--) {
      weight += LeafCell.counted(SlottedPage.cell(page, slot)) ? 1 : 0;
    }
    return weight;
  }

  static long branchWeight(long page) {
    long weight = 0;
    for (int slot = SlottedPage.count(page) - 1; slot >= 0; slot--) {
      weight += BranchCell.weight(SlottedPage.cell(page, slot));
    }
    return weight;
  }
}
