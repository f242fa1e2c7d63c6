package io.flotilla.storage.btree;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.SlottedPage;

/// Binary search in pages, by unsigned bytes.
final class KeySearch {
  private KeySearch() {}

  /// The slot of `key`, or `-1 - insertion point`.
  static int inLeaf(PageReader reader, long page, byte[] key) {
    int low = 0;
    int high = SlottedPage.count(page) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = compareLeaf(reader, SlottedPage.cell(page, middle), key);
      if (order < 0) {
        low = middle + 1;
      } else if (order > 0) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1 - low;
  }

  /// The slot of the child that covers `key`: the last whose lower bound is at most the key.
  static int inBranch(PageReader reader, long page, byte[] key) {
    int low = 1;
    int high = SlottedPage.count(page) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long cell = SlottedPage.cell(page, middle);
      int order = compare(reader, BranchCell.head(cell), cell + BranchCell.KEY_OFFSET, key);
      if (order <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return low - 1;
  }

  /// The sign of (key of the cell - `key`).
  static int compareLeaf(PageReader reader, long cell, byte[] key) {
    return compare(reader, LeafCell.head(cell), cell + LeafCell.KEY_OFFSET, key);
  }

  static int compare(PageReader reader, long head, long keyAt, byte[] key) {
    int inline = CellKey.inline(head);
    int order = Memory.compare(keyAt, key, 0, Math.min(inline, key.length));
    if (order != 0) {
      return order;
    }
    if (!CellKey.overflows(head)) {
      return inline - key.length;
    }
    if (key.length <= inline) {
      return 1; // what is in the run makes the cell's key the longer one
    }
    int rest = CellKey.length(head, keyAt) - inline;
    return reader.compareRun(CellKey.run(head, keyAt), rest, key, inline);
  }

  /// Copies key bytes `[from, from + length)` out of a cell.
  static void copyKey(
      PageReader reader, long head, long keyAt, int from, byte[] to, int toOffset, int length) {
    int inline = CellKey.inline(head);
    int here = Math.max(0, Math.min(length, inline - from));
    Memory.copyOut(keyAt + from, to, toOffset, here);
    if (here < length) {
      int run = CellKey.run(head, keyAt);
      reader.copyRun(run, from + here - inline, to, toOffset + here, length - here);
    }
  }

  static byte[] leafKey(PageReader reader, long cell) {
    byte[] key = new byte[LeafCell.keyLength(cell)];
    copyKey(reader, LeafCell.head(cell), cell + LeafCell.KEY_OFFSET, 0, key, 0, key.length);
    return key;
  }

  static byte[] branchKey(PageReader reader, long cell) {
    byte[] key = new byte[BranchCell.keyLength(cell)];
    copyKey(reader, BranchCell.head(cell), cell + BranchCell.KEY_OFFSET, 0, key, 0, key.length);
    return key;
  }
}
