package io.flotilla.placement.lease;

/// Finds the slot of a lease id: an open-addressing hash table that holds slot numbers only, the
/// ids themselves stay with their owner. Linear probing; deletion shifts back, so there are no
/// tombstones and lookups never degrade.
final class LeaseIndex {
  static final int ABSENT = -1;

  private static final int MIN_CELLS = 16;

  /// Slot plus one; 0 is a free cell. The length is a power of two and at most three quarters are
  /// used.
  private int[] cells = new int[MIN_CELLS];
  private int used;

  /// @param ids the id of each slot
  int find(long id, long[] ids) {
    int mask = cells.length - 1;
    for (int cell = home(id, mask); cells[cell] != 0; cell = (cell + 1) & mask) {
      if (ids[cells[cell] - 1] == id) {
        return cells[cell] - 1;
      }
    }
    return ABSENT;
  }

  /// Adds `ids[slot]`, which must not be present.
  void add(int slot, long[] ids) {
    if ((used + 1) * 4L > cells.length * 3L) {
      resize(cells.length * 2, ids);
    }
    place(slot, ids);
    used++;
  }

  /// Says that the lease found at `from` now lives at `to`; `ids[from]` must still be its id.
  void move(int from, int to, long[] ids) {
    cells[cellOf(from, ids)] = to + 1;
  }

  /// Removes `ids[slot]`, which must be present.
  void remove(int slot, long[] ids) {
    int mask = cells.length - 1;
    int hole = cellOf(slot, ids);
    for (int cell = (hole + 1) & mask; cells[cell] != 0; cell = (cell + 1) & mask) {
      int home = home(ids[cells[cell] - 1], mask);
      if (((cell - home) & mask) >= ((cell - hole) & mask)) {
        cells[hole] = cells[cell];
        hole = cell;
      }
    }
    cells[hole] = 0;
    used--;
    if (cells.length > MIN_CELLS && used * 8L < cells.length) {
      resize(cells.length / 2, ids);
    }
  }

  void clear() {
    cells = new int[MIN_CELLS];
    used = 0;
  }

  /// Heap bytes of the table itself.
  long bytes() {
    return (long) cells.length * Integer.BYTES;
  }

  private int cellOf(int slot, long[] ids) {
    int mask = cells.length - 1;
    int cell = home(ids[slot], mask);
    while (cells[cell] != slot + 1) {
      cell = (cell + 1) & mask;
    }
    return cell;
  }

  private void place(int slot, long[] ids) {
    int mask = cells.length - 1;
    int cell = home(ids[slot], mask);
    while (cells[cell] != 0) {
      cell = (cell + 1) & mask;
    }
    cells[cell] = slot + 1;
  }

  private void resize(int length, long[] ids) {
    int[] old = cells;
    cells = new int[length];
    for (int entry : old) {
      if (entry != 0) {
        place(entry - 1, ids);
      }
    }
  }

  /// Clients may choose ids, also consecutive ones, so the bits are mixed (Stafford's variant 13).
  private static int home(long id, int mask) {
    long z = id;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return (int) (z ^ (z >>> 31)) & mask;
  }
}
