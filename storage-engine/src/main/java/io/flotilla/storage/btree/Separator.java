package io.flotilla.storage.btree;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageGeometry;

/// The lower bound of a child's keys on its way from one branch cell to another.
///
/// @param inline the bytes inside the cell
/// @param length the whole length
/// @param run the run with the rest, zero when there is none
record Separator(byte[] inline, int length, int run) {
  private static final Separator EMPTY = new Separator(new byte[0], 0, 0);

  /// What the first child of a page has.
  static Separator empty() {
    return EMPTY;
  }

  /// The shortest key above `left` and not above `right`.
  static Separator between(PageStore store, byte[] left, byte[] right) {
    int common = 0;
    while (common < left.length && left[common] == right[common]) {
      common++;
    }
    int length = common + 1;
    PageGeometry geometry = store.geometry();
    int inline = geometry.inlineKeyBytes(length);
    int run = inline < length ? store.newRun(right, inline, length - inline) : 0;
    byte[] bytes = new byte[inline];
    System.arraycopy(right, 0, bytes, 0, inline);
    return new Separator(bytes, length, run);
  }

  /// Takes a cell's key over, with its run.
  static Separator of(long cell) {
    byte[] inline = new byte[CellKey.inline(BranchCell.head(cell))];
    Memory.copyOut(cell + BranchCell.KEY_OFFSET, inline, 0, inline.length);
    int run = BranchCell.keyOverflows(cell) ? BranchCell.keyRun(cell) : 0;
    return new Separator(inline, BranchCell.keyLength(cell), run);
  }

  /// The size of a branch cell with this key.
  int cellBytes() {
    return BranchCell.KEY_OFFSET + inline.length + (run != 0 ? CellKey.REFERENCE_BYTES : 0);
  }

  void write(long cell, int child, long weight) {
    BranchCell.putChild(cell, child);
    BranchCell.putWeight(cell, weight);
    CellKey.put(
        BranchCell.head(cell), cell + BranchCell.KEY_OFFSET, inline, inline.length, length, run);
  }
}
