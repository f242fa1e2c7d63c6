package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.SlottedPage;

/// The pages from a root to a leaf, and the slot taken in each.
final class TreePath {
  /// More levels than a file of 2^31 pages can have, since branches have several children.
  static final int MAX_DEPTH = 40;

  /// So many strays say that the places asked for are far from each other.
  private static final int STRAYS = 2;

  private final PageReader reader;
  private final int[] pages = new int[MAX_DEPTH];
  private final long[] addresses = new long[MAX_DEPTH];
  private final int[] slots = new int[MAX_DEPTH];
  private int depth;
  private int strays; // descents in a row that each led to another leaf than the one before

  TreePath(PageReader reader) {
    this.reader = reader;
  }

  PageReader reader() {
    return reader;
  }

  int depth() {
    return depth;
  }

  int page(int level) {
    return pages[level];
  }

  long address(int level) {
    return addresses[level];
  }

  int slot(int level) {
    return slots[level];
  }

  void setSlot(int level, int slot) {
    slots[level] = slot;
  }

  /// Level 0 is the root.
  void set(int level, int page, long address) {
    pages[level] = page;
    addresses[level] = address;
  }

  void clear() {
    depth = 0;
  }

  /// Goes where another path of the same tree stands.
  void set(TreePath other) {
    depth = other.depth;
    System.arraycopy(other.pages, 0, pages, 0, depth);
    System.arraycopy(other.addresses, 0, addresses, 0, depth);
    System.arraycopy(other.slots, 0, slots, 0, depth);
  }

  int leafLevel() {
    return depth - 1;
  }

  long leaf() {
    return addresses[depth - 1];
  }

  int leafSlot() {
    return slots[depth - 1];
  }

  /// The leaf's cell at the present slot.
  long cell() {
    return SlottedPage.cell(leaf(), leafSlot());
  }

  /// Goes to where `key` is or belongs; the leaf slot is its place. False when it is absent.
  boolean descend(TreeRoot root, byte[] key) {
    depth = root.depth;
    if (depth == 0) {
      return false;
    }
    checkAtMost(depth, MAX_DEPTH, "a tree is not deeper than the format allows");
    int page = root.page;
    int last = depth - 1;
    for (int level = 0; level < last; level++) {
      long address = enter(level, page);
      int slot = KeySearch.inBranch(reader, address, key);
      slots[level] = slot;
      page = BranchCell.child(SlottedPage.cell(address, slot));
    }
    strays = page == pages[last] ? 0 : strays + 1;
    return searchLeaf(enter(last, page), key);
  }

  /// Whether a search for `key` in the present leaf will do. Does not look when the last places
  /// were far from each other, because a look at a leaf costs a good part of a descent.
  boolean isNear(byte[] key) {
    boolean near = strays < STRAYS && leafCovers(key);
    if (near) {
      strays = 0;
    }
    return near;
  }

  /// Whether the place of `key` is surely inside the present leaf.
  private boolean leafCovers(byte[] key) {
    long leaf = leaf();
    int last = SlottedPage.count(leaf) - 1;
    if (last < 0) {
      return false;
    }
    if (KeySearch.compareLeaf(reader, SlottedPage.cell(leaf, last), key) < 0) {
      return rightmostAbove(leafLevel());
    }
    return KeySearch.compareLeaf(reader, SlottedPage.cell(leaf, 0), key) <= 0;
  }

  /// Searches in the present leaf only.
  boolean searchLeaf(byte[] key) {
    return searchLeaf(leaf(), key);
  }

  private boolean searchLeaf(long address, byte[] key) {
    int found = KeySearch.inLeaf(reader, address, key);
    slots[depth - 1] = found >= 0 ? found : -1 - found;
    return found >= 0;
  }

  private long enter(int level, int page) {
    long address = reader.address(page);
    pages[level] = page;
    addresses[level] = address;
    return address;
  }

  /// Goes to the first or the last entry. The tree must not be empty.
  void descendToEnd(TreeRoot root, boolean last) {
    depth = root.depth;
    if (depth > 0) {
      fall(0, root.page, last);
    }
  }

  private void fall(int from, int root, boolean last) {
    int page = root;
    for (int level = from; level < depth; level++) {
      long address = enter(level, page);
      slots[level] = last ? SlottedPage.count(address) - 1 : 0;
      if (level < depth - 1) {
        page = BranchCell.child(SlottedPage.cell(address, slots[level]));
      }
    }
  }

  /// Goes to the first entry of the next leaf; false, without a move, behind the last leaf.
  boolean nextLeaf() {
    for (int level = depth - 2; level >= 0; level--) {
      if (slots[level] + 1 < SlottedPage.count(addresses[level])) {
        slots[level]++;
        fall(level + 1, child(level), false);
        return true;
      }
    }
    return false;
  }

  /// Goes to the last entry of the leaf before; false, without a move, before the first leaf.
  boolean previousLeaf() {
    for (int level = depth - 2; level >= 0; level--) {
      if (slots[level] > 0) {
        slots[level]--;
        fall(level + 1, child(level), true);
        return true;
      }
    }
    return false;
  }

  int child(int level) {
    return BranchCell.child(SlottedPage.cell(addresses[level], slots[level]));
  }

  /// Whether every branch slot from the root down to `level`, exclusive, is its page's last.
  boolean rightmostAbove(int level) {
    for (int at = level - 1; at >= 0; at--) {
      if (slots[at] + 1 < SlottedPage.count(addresses[at])) {
        return false;
      }
    }
    return true;
  }

  /// Looks the addresses up again after pages moved in memory.
  void refresh() {
    for (int level = 0; level < depth; level++) {
      addresses[level] = reader.address(pages[level]);
    }
  }
}
