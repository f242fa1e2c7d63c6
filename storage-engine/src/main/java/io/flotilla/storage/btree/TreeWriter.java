package io.flotilla.storage.btree;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageGeometry;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.RunPage;
import io.flotilla.storage.page.SlottedPage;

/// Changes one tree. Owner thread.
///
/// A page that was made before the last freeze is copied first, and so are the pages above it: a
/// page that may be changed has a parent that may be changed.
final class TreeWriter {
  private final PageStore store;
  private final TreeRoot root;
  private final TreePath path;
  private final LeafEntry entry;
  private final PageSplitter splitter;
  private final PageMerger merger;
  private long settledVersion = -1; // of the tree when the path was left whole
  private long settledMoves;

  TreeWriter(PageStore store, TreeRoot root) {
    this.store = store;
    this.root = root;
    this.path = new TreePath(store.reader());
    this.entry = new LeafEntry(store.geometry());
    this.splitter = new PageSplitter(store, root, path);
    this.merger = new PageMerger(store, root, path);
  }

  /// Sets a key. True when it was absent.
  boolean put(byte[] key, byte[] value, int valueLength, boolean counted) {
    requireLength(key.length, "key");
    requireValue(value, valueLength);
    boolean found = locate(key);
    root.version++;
    if (root.depth == 0) {
      plant();
      path.descend(root, key);
    } else {
      own(path, root, store);
    }
    entry.set(key, value, valueLength, counted);
    settle(found ? replace() : insertNew());
    return !found;
  }

  /// Sets the value of the entry on which a cursor stands.
  void replace(Cursor place, byte[] value, int valueLength, boolean counted) {
    requireValue(value, valueLength);
    path.set(place.standing(root));
    byte[] key = KeySearch.leafKey(store.reader(), path.cell());
    root.version++;
    own(path, root, store);
    entry.set(key, value, valueLength, counted);
    settle(replace());
  }

  /// After a change; `whole` says that the path still leads to it.
  private void settle(boolean whole) {
    entry.clear();
    if (whole) {
      settledVersion = root.version;
      settledMoves = root.moves;
    }
  }

  /// Goes to the place of a key; from the last change's leaf when that is the one.
  private boolean locate(byte[] key) {
    boolean near = settledVersion == root.version && settledMoves == root.moves;
    return near && path.isNear(key) ? path.searchLeaf(key) : path.descend(root, key);
  }

  /// Removes a key. False when it was absent.
  boolean delete(byte[] key) {
    if (!locate(key)) {
      return false;
    }
    root.version++;
    own(path, root, store);
    long leaf = path.leaf();
    long cell = path.cell();
    root.entries--;
    if (LeafCell.counted(cell)) {
      addWeight(-1);
    }
    dropRuns(cell);
    SlottedPage.remove(leaf, store.geometry().pageBytes(), path.leafSlot(), LeafCell.bytes(cell));
    merger.afterRemoval();
    return true;
  }

  /// Makes every page of the path one that may be changed.
  static void own(TreePath path, TreeRoot root, PageStore store) {
    int level = path.leafLevel();
    while (level >= 0 && !store.writable(path.address(level))) {
      level--;
    }
    for (level++; level < path.depth(); level++) {
      move(level, path, root, store);
    }
  }

  /// Copies the page of one level to a new place; the page above may be changed already.
  static void move(int level, TreePath path, TreeRoot root, PageStore store) {
    int copy = store.copy(path.page(level));
    path.set(level, copy, store.address(copy));
    if (level == 0) {
      root.page = copy;
    } else {
      long parent = path.address(level - 1);
      BranchCell.putChild(SlottedPage.cell(parent, path.slot(level - 1)), copy);
    }
  }

  private void plant() {
    root.page = store.newPage(PageKind.LEAF, 0);
    root.depth = 1;
  }

  private boolean insertNew() {
    entry.makeKeyRun(store);
    entry.makeValueRun(store);
    root.entries++;
    if (entry.counted()) {
      addWeight(1);
    }
    return splitter.insert(entry);
  }

  private boolean replace() {
    long cell = path.cell();
    if (LeafCell.counted(cell) != entry.counted()) {
      addWeight(entry.counted() ? 1 : -1);
    }
    int oldBytes = LeafCell.bytes(cell);
    replaceValueRun(cell);
    if (entry.bytes() <= oldBytes) {
      entry.writeValue(cell);
      if (entry.bytes() < oldBytes) {
        SlottedPage.addHoles(path.leaf(), oldBytes - entry.bytes());
      }
      return true;
    }
    if (LeafCell.keyOverflows(cell)) {
      entry.useKeyRun(LeafCell.keyRun(cell));
    }
    SlottedPage.remove(path.leaf(), store.geometry().pageBytes(), path.leafSlot(), oldBytes);
    return splitter.insert(entry);
  }

  /// Gives the new value its run: the old one when it may be changed and has the right size.
  private void replaceValueRun(long cell) {
    if (LeafCell.valueOverflows(cell)) {
      int run = LeafCell.valueRun(cell);
      int length = LeafCell.valueLength(cell);
      if (entry.valueOverflows() && length == entry.valueLength() && store.runWritable(run)) {
        Memory.copyIn(entry.value(), 0, RunPage.payload(store.address(run)), length);
        entry.useValueRun(run);
        return;
      }
      store.dropRun(run, length);
    }
    entry.makeValueRun(store);
  }

  private void dropRuns(long cell) {
    if (LeafCell.valueOverflows(cell)) {
      store.dropRun(LeafCell.valueRun(cell), LeafCell.valueLength(cell));
    }
    if (LeafCell.keyOverflows(cell)) {
      int rest = LeafCell.keyLength(cell) - store.geometry().keyPrefixBytes();
      store.dropRun(LeafCell.keyRun(cell), rest);
    }
  }

  private void addWeight(int delta) {
    root.counted += delta;
    for (int level = path.leafLevel() - 1; level >= 0; level--) {
      long cell = SlottedPage.cell(path.address(level), path.slot(level));
      BranchCell.putWeight(cell, BranchCell.weight(cell) + delta);
    }
  }

  private static void requireValue(byte[] value, int length) {
    requireLength(length, "value");
    if (length > value.length) {
      throw new IllegalArgumentException("value has " + value.length + " bytes, not " + length);
    }
  }

  private static void requireLength(int length, String what) {
    if (length < 0 || length > PageGeometry.MAX_LENGTH) {
      throw new IllegalArgumentException(
          what + " of " + length + " bytes; at most " + PageGeometry.MAX_LENGTH);
    }
  }
}
