package io.flotilla.storage.page;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

/// A page of variable-size cells in key order: a slot array grows up behind the header, the cells
/// grow down from the end of the page.
///
///     24        24+2n                       pageBytes-heap      pageBytes
///     +----------+-- free --------------------+------------------+
///     | slots    |                            | cells and holes  |
///     +----------+----------------------------+------------------+
///
/// A slot is the offset of its cell. `holes` counts the bytes of the heap that no cell uses; they
/// come back when the page is rebuilt.
public final class SlottedPage {
  public static final int SLOT_BYTES = Short.BYTES;

  private SlottedPage() {}

  public static int count(long page) {
    return Memory.getShort(page + PageHeader.COUNT_OFFSET);
  }

  /// Bytes from the lowest cell to the end of the page.
  public static int heap(long page) {
    return Memory.getShort(page + PageHeader.HEAP_OFFSET);
  }

  public static int holes(long page) {
    return Memory.getShort(page + PageHeader.HOLES_OFFSET);
  }

  /// The address of a cell.
  public static long cell(long page, int slot) {
    return page + Memory.getShort(page + PageHeader.SIZE + slot * SLOT_BYTES);
  }

  /// Bytes taken by slots and cells.
  public static int usedBytes(long page) {
    return count(page) * SLOT_BYTES + heap(page) - holes(page);
  }

  /// Whether a cell fits, possibly after the page is rebuilt.
  public static boolean fits(long page, int pageBytes, int cellBytes) {
    return usedBytes(page) + SLOT_BYTES + cellBytes <= pageBytes - PageHeader.SIZE;
  }

  /// Whether a cell fits without rebuilding.
  public static boolean fitsInGap(long page, int pageBytes, int cellBytes) {
    int taken = PageHeader.SIZE + count(page) * SLOT_BYTES + heap(page);
    return taken + SLOT_BYTES + cellBytes <= pageBytes;
  }

  /// Makes room for a cell before `slot` and returns its address, where the caller writes it.
  /// Requires [#fitsInGap].
  public static long insert(long page, int pageBytes, int slot, int cellBytes) {
    int count = count(page);
    checkAtMost(slot, count, "a slot is inserted inside the page");
    check(fitsInGap(page, pageBytes, cellBytes), "a cell goes where there is room");
    long at = page + PageHeader.SIZE + (long) slot * SLOT_BYTES;
    if (slot < count) {
      Memory.copy(at, at + SLOT_BYTES, (long) (count - slot) * SLOT_BYTES);
    }
    int heap = heap(page) + cellBytes;
    int offset = pageBytes - heap;
    Memory.putShort(at, offset);
    Memory.putShort(page + PageHeader.COUNT_OFFSET, count + 1);
    Memory.putShort(page + PageHeader.HEAP_OFFSET, heap);
    return page + offset;
  }

  /// Drops a cell of `cellBytes` bytes.
  public static void remove(long page, int pageBytes, int slot, int cellBytes) {
    int count = count(page);
    checkAtMost(slot + 1, count, "a removed slot is in the page");
    long at = page + PageHeader.SIZE + (long) slot * SLOT_BYTES;
    int offset = Memory.getShort(at);
    int after = count - slot - 1;
    if (after > 0) {
      Memory.copy(at + SLOT_BYTES, at, (long) after * SLOT_BYTES);
    }
    Memory.putShort(page + PageHeader.COUNT_OFFSET, count - 1);
    if (count == 1) {
      Memory.putInt(page + PageHeader.HEAP_OFFSET, 0);
    } else if (offset == pageBytes - heap(page)) {
      Memory.putShort(page + PageHeader.HEAP_OFFSET, heap(page) - cellBytes);
    } else {
      addHoles(page, cellBytes);
    }
  }

  /// Notes that a cell has become shorter by `bytes`.
  public static void addHoles(long page, int bytes) {
    int holes = holes(page) + bytes;
    checkAtMost(holes, heap(page), "holes are inside the heap");
    Memory.putShort(page + PageHeader.HOLES_OFFSET, holes);
  }

  /// Forgets every cell.
  public static void clear(long page) {
    Memory.putShort(page + PageHeader.COUNT_OFFSET, 0);
    Memory.putInt(page + PageHeader.HEAP_OFFSET, 0);
  }

  /// Copies a cell as it is to the end of another page.
  public static void append(long page, int pageBytes, long cell, int cellBytes) {
    Memory.copy(cell, insert(page, pageBytes, count(page), cellBytes), cellBytes);
  }
}
