package io.flotilla.storage.btree;

import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageGeometry;

/// The leaf cell that is about to be written. Reused from change to change.
final class LeafEntry {
  private static final byte[] NONE = {};

  private final PageGeometry geometry;
  private byte[] key = NONE;
  private byte[] value = NONE;
  private int valueLength;
  private boolean counted;
  private int keyRun;
  private int valueRun;

  LeafEntry(PageGeometry geometry) {
    this.geometry = geometry;
  }

  void set(byte[] newKey, byte[] newValue, int newValueLength, boolean isCounted) {
    key = newKey;
    value = newValue;
    valueLength = newValueLength;
    counted = isCounted;
    keyRun = 0;
    valueRun = 0;
  }

  /// Lets go of the caller's arrays.
  void clear() {
    key = NONE;
    value = NONE;
  }

  boolean counted() {
    return counted;
  }

  int valueLength() {
    return valueLength;
  }

  byte[] value() {
    return value;
  }

  boolean keyOverflows() {
    return geometry.keyOverflows(key.length);
  }

  boolean valueOverflows() {
    return LeafCell.bytes(keyBytes(), valueLength) > geometry.cellBytes();
  }

  int keyBytes() {
    return keyOverflows() ? geometry.keyPrefixBytes() + CellKey.REFERENCE_BYTES : key.length;
  }

  int valueBytes() {
    return valueOverflows() ? LeafCell.REFERENCE_BYTES : valueLength;
  }

  int bytes() {
    return LeafCell.bytes(keyBytes(), valueBytes());
  }

  /// Uses a run that holds the rest of the key already.
  void useKeyRun(int run) {
    keyRun = run;
  }

  void useValueRun(int run) {
    valueRun = run;
  }

  /// Makes the run for the key's rest if it needs one.
  void makeKeyRun(PageStore store) {
    if (keyOverflows()) {
      int prefix = geometry.keyPrefixBytes();
      keyRun = store.newRun(key, prefix, key.length - prefix);
    }
  }

  /// Makes the run for the value if it needs one.
  void makeValueRun(PageStore store) {
    if (valueOverflows()) {
      valueRun = store.newRun(value, 0, valueLength);
    }
  }

  /// Writes the whole cell.
  void write(long cell) {
    int inline = geometry.inlineKeyBytes(key.length);
    long head = LeafCell.head(cell);
    CellKey.put(head, cell + LeafCell.KEY_OFFSET, key, inline, key.length, keyRun);
    writeValue(cell);
  }

  /// Writes the value part behind a key part that is in place.
  void writeValue(long cell) {
    boolean inRun = valueOverflows();
    LeafCell.putValueHead(cell, valueBytes(), inRun, counted);
    if (inRun) {
      LeafCell.putValueRun(cell, valueLength, valueRun);
    } else {
      Memory.copyIn(value, 0, LeafCell.value(cell), valueLength);
    }
  }
}
