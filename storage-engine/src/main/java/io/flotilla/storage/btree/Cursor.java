package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;

import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.SlottedPage;

/// A position in one tree, in ascending order of keys as unsigned bytes.
///
/// Made to be reused: a step or a seek allocates nothing. A change of the tree, also one made
/// through another cursor's owner, ends the position: seek again before reading. A cursor of a read
/// view stays valid as long as the view. One thread at a time.
public final class Cursor {
  private final TreeRoot root;
  private final PageReader reader;
  private final TreePath path;
  private boolean positioned;
  private long version = -1;
  private long moves;
  private long cell;

  Cursor(TreeRoot root, PageReader reader) {
    this.root = root;
    this.reader = reader;
    this.path = new TreePath(reader);
  }

  /// Goes to the first entry with a key at or above `key`; false when there is none.
  public boolean seek(byte[] key) {
    locate(key);
    return settleForward();
  }

  /// Goes to the entry with exactly this key. False when it is absent: no position then.
  public boolean seekExact(byte[] key) {
    boolean found = locate(key);
    return settle(found);
  }

  public boolean first() {
    begin();
    path.descendToEnd(root, false);
    return settleForward();
  }

  public boolean last() {
    begin();
    path.descendToEnd(root, true);
    return settle(path.depth() > 0);
  }

  /// Steps to the next entry; false behind the last one: no position then.
  public boolean next() {
    require();
    path.setSlot(path.leafLevel(), path.leafSlot() + 1);
    return settleForward();
  }

  /// Steps to the entry before; false before the first one: no position then.
  public boolean prev() {
    require();
    return stepBack();
  }

  /// Whether the cursor stands on an entry of the tree as it is.
  public boolean isPositioned() {
    return positioned && version == root.version;
  }

  public int keyLength() {
    require();
    return LeafCell.keyLength(cell);
  }

  /// Copies key bytes `[from, from + length)`.
  public void copyKey(int from, byte[] to, int toOffset, int length) {
    require();
    checkRange(from, length, LeafCell.keyLength(cell), "key");
    long keyAt = cell + LeafCell.KEY_OFFSET;
    KeySearch.copyKey(reader, LeafCell.head(cell), keyAt, from, to, toOffset, length);
  }

  /// A copy of the key.
  public byte[] key() {
    require();
    return KeySearch.leafKey(reader, cell);
  }

  /// A number below, equal to or above zero as the entry's key is below, equal to or above `other`.
  public int compareKey(byte[] other) {
    require();
    return KeySearch.compareLeaf(reader, cell, other);
  }

  /// Whether the entry weighs 1 in [BTree#count].
  public boolean counted() {
    require();
    return LeafCell.counted(cell);
  }

  public int valueLength() {
    require();
    return LeafCell.valueLength(cell);
  }

  /// The eight value bytes from `offset` as a big-endian number.
  public long valueLong(int offset) {
    require();
    checkRange(offset, Long.BYTES, LeafCell.valueLength(cell), "value");
    if (!LeafCell.valueOverflows(cell)) {
      return Memory.getBigEndianLong(LeafCell.value(cell) + offset);
    }
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << Byte.SIZE | reader.runByte(LeafCell.valueRun(cell), offset + i) & 0xff;
    }
    return value;
  }

  public byte valueByte(int offset) {
    require();
    checkRange(offset, 1, LeafCell.valueLength(cell), "value");
    return LeafCell.valueOverflows(cell)
        ? reader.runByte(LeafCell.valueRun(cell), offset)
        : Memory.getByte(LeafCell.value(cell) + offset);
  }

  /// Copies value bytes `[from, from + length)`.
  public void copyValue(int from, byte[] to, int toOffset, int length) {
    require();
    checkRange(from, length, LeafCell.valueLength(cell), "value");
    if (LeafCell.valueOverflows(cell)) {
      reader.copyRun(LeafCell.valueRun(cell), from, to, toOffset, length);
    } else {
      Memory.copyOut(LeafCell.value(cell) + from, to, toOffset, length);
    }
  }

  /// A copy of the value.
  public byte[] value() {
    byte[] value = new byte[valueLength()];
    copyValue(0, value, 0, value.length);
    return value;
  }

  /// The way to the entry on which the cursor stands in `tree`, which must be its own.
  TreePath standing(TreeRoot tree) {
    check(tree == root, "a cursor is used with its own tree");
    require();
    return path;
  }

  private boolean locate(byte[] key) {
    if (isPositioned()) {
      require();
      if (path.isNear(key)) {
        positioned = false;
        return path.searchLeaf(key);
      }
    }
    begin();
    return path.descend(root, key);
  }

  private void begin() {
    requireOpen();
    positioned = false;
    version = root.version;
    moves = root.moves;
  }

  /// Stands on the present slot, or on the first entry behind it.
  private boolean settleForward() {
    if (path.depth() == 0) {
      return settle(false);
    }
    if (path.leafSlot() < SlottedPage.count(path.leaf())) {
      return settle(true);
    }
    return settle(path.nextLeaf());
  }

  private boolean stepBack() {
    if (path.depth() == 0) {
      return settle(false);
    }
    if (path.leafSlot() > 0) {
      path.setSlot(path.leafLevel(), path.leafSlot() - 1);
      return settle(true);
    }
    return settle(path.previousLeaf());
  }

  private boolean settle(boolean found) {
    positioned = found;
    if (found) {
      cell = path.cell();
    }
    return found;
  }

  /// Every read goes through here: the position must exist and the tree be unchanged.
  private void require() {
    check(positioned && version == root.version, "a cursor is read where it stands");
    requireOpen();
    if (moves != root.moves) {
      moves = root.moves;
      path.refresh();
      cell = path.cell();
    }
  }

  private void requireOpen() {
    ReadView view = root.view;
    if (view != null) {
      view.requireOpen();
    }
  }

  private static void checkRange(int from, int length, int size, String what) {
    if (from < 0 || length < 0 || from > size - length) {
      throw new IndexOutOfBoundsException(
          what + " bytes [" + from + ", +" + length + ") of " + size);
    }
  }
}
