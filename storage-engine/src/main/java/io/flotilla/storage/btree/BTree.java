package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.KeyRange;
import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.SlottedPage;
import org.jspecify.annotations.Nullable;

/// An ordered map from keys to values, both of 0 bytes to 256 MiB; keys are ordered as unsigned
/// bytes. Either the live tree, of the owner thread, or the frozen one of a [ReadView], which
/// cannot be changed.
///
/// Every read may throw [io.flotilla.base.CorruptionException] when a page of the file is damaged.
public final class BTree {
  private final TreeRoot root;
  private final TreePath path; // for counting
  private final @Nullable TreeWriter writer;

  BTree(TreeRoot root, PageReader reader, @Nullable TreeWriter writer) {
    this.root = root;
    this.path = new TreePath(reader);
    this.writer = writer;
  }

  public String name() {
    return root.name;
  }

  TreeRoot root() {
    return root;
  }

  public Cursor cursor() {
    return new Cursor(root, path.reader());
  }

  /// Sets a key to the first `valueLength` bytes of `value`; a `counted` entry weighs 1 in
  /// [#count]. Copies what it is given. Ends the position of the tree's cursors.
  ///
  /// @return true when the key was absent
  /// @throws IllegalStateException on the tree of a read view
  public boolean put(byte[] key, byte[] value, int valueLength, boolean counted) {
    return writer().put(key, value, valueLength, counted);
  }

  /// Sets the entry on which `place`, a cursor of this tree, stands, to the first `valueLength`
  /// bytes of `value`, as [#put] with its key does; without a search. Ends the position of the
  /// tree's cursors.
  ///
  /// @throws IllegalStateException on the tree of a read view
  public void replace(Cursor place, byte[] value, int valueLength, boolean counted) {
    writer().replace(place, value, valueLength, counted);
  }

  /// Removes a key.
  ///
  /// @return false when it was absent
  /// @throws IllegalStateException on the tree of a read view
  public boolean delete(byte[] key) {
    return writer().delete(key);
  }

  /// The number of entries.
  public long size() {
    return root.entries;
  }

  /// The number of counted entries with a key in `range`. Costs two descents.
  public long count(KeyRange range) {
    if (range.isEmpty()) {
      return 0;
    }
    var end = range.end();
    long below = range.start().isEmpty() ? 0 : rank(range.start().bytes());
    return (end == null ? root.counted : rank(end.bytes())) - below;
  }

  /// The number of counted entries below `key`.
  private long rank(byte[] key) {
    if (root.view != null) {
      root.view.requireOpen();
    }
    path.descend(root, key);
    long rank = 0;
    for (int level = 0; level < path.depth(); level++) {
      long page = path.address(level);
      boolean leaf = level == path.leafLevel();
      for (int slot = path.slot(level) - 1; slot >= 0; slot--) {
        long cell = SlottedPage.cell(page, slot);
        rank += leaf ? (LeafCell.counted(cell) ? 1 : 0) : BranchCell.weight(cell);
      }
    }
    return rank;
  }

  /// The key of the counted entry that has `rank` counted entries below it; null when there are no
  /// more than `rank`. Costs one descent and a look at every cell on the way.
  public byte @Nullable [] countedKey(long rank) {
    if (root.view != null) {
      root.view.requireOpen();
    }
    checkAtMost(0, rank, "ranks start at 0");
    return rank < root.counted ? select(rank) : null;
  }

  private byte[] select(long rank) {
    PageReader reader = path.reader();
    long left = rank;
    long page = reader.address(root.page);
    for (int level = 1; level < root.depth; level++) {
      int slot = 0;
      long cell = SlottedPage.cell(page, slot);
      while (left >= BranchCell.weight(cell)) {
        left -= BranchCell.weight(cell);
        cell = SlottedPage.cell(page, ++slot);
      }
      page = reader.address(BranchCell.child(cell));
    }
    int slot = 0;
    while (!LeafCell.counted(SlottedPage.cell(page, slot)) || left-- > 0) {
      slot++;
    }
    return KeySearch.leafKey(reader, SlottedPage.cell(page, slot));
  }

  private TreeWriter writer() {
    if (writer == null) {
      throw new IllegalStateException("the tree of a read view does not change");
    }
    return writer;
  }
}
