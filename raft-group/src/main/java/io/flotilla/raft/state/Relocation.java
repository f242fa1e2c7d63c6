package io.flotilla.raft.state;

import io.flotilla.storage.btree.TreeFile;

/// Keeps the store's file from staying larger than what it holds: moves pages down from its end, a
/// few at a time, when asked to or when much of it is unused. On the group's loop; it never stops
/// reads or writes.
public final class Relocation {
  private static final int PAGES_PER_STEP = 16;
  private static final long WORTHWHILE_BYTES = 16 << 20;

  private final TreeFile file;
  private boolean asked;

  public Relocation(TreeFile file) {
    this.file = file;
  }

  public void start() {
    asked = true;
  }

  /// Moves a few pages; returns whether to go on.
  public boolean step() {
    if (!asked && !worthwhile()) {
      return false;
    }
    int moved = file.relocate(PAGES_PER_STEP);
    if (moved == 0) {
      asked = false;
    }
    return moved > 0;
  }

  /// By itself only when more than half of the file is unused, so that a steady load, which leaves
  /// some pages unused at any time, moves nothing.
  private boolean worthwhile() {
    long unused = file.fileBytes() - file.usedBytes();
    return unused > WORTHWHILE_BYTES && unused > file.usedBytes();
  }
}
