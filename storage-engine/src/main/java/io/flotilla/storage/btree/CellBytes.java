package io.flotilla.storage.btree;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.LeafCell;

/// The size of a cell of either kind.
final class CellBytes {
  private CellBytes() {}

  static int of(long cell, boolean leaf) {
    return leaf ? LeafCell.bytes(cell) : BranchCell.bytes(cell);
  }
}
