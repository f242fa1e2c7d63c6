package io.flotilla.storage.backup;

import io.flotilla.storage.btree.Cursor;

/// The entries of one part of a tree, chosen and rewritten.
final class PartCursor {
  private final Cursor cursor;
  private final SnapshotTree.Filter filter;
  private final SnapshotTree.Rewrite rewrite;
  private byte[] key = {};
  private byte[] head = {};
  private boolean ended;

  PartCursor(SnapshotTree.Part part) {
    this.cursor = part.tree().cursor();
    this.filter = part.filter();
    this.rewrite = part.rewrite();
  }

  void first() {
    take(cursor.first());
  }

  void next() {
    take(cursor.next());
  }

  private void take(boolean found) {
    boolean more = found;
    while (more && !filter.takes(cursor)) {
      more = cursor.next();
    }
    ended = !more;
    if (more) {
      key = cursor.key();
      head = new byte[Math.min(rewrite.headBytes(), cursor.valueLength())];
      cursor.copyValue(0, head, 0, head.length);
      rewrite.apply(key, head);
    }
  }

  boolean ended() {
    return ended;
  }

  /// Read only.
  byte[] key() {
    return key;
  }

  boolean counted() {
    return cursor.counted();
  }

  int valueLength() {
    return cursor.valueLength();
  }

  void copyValue(int from, byte[] to, int toOffset, int length) {
    int ofHead = Math.clamp((long) head.length - from, 0, length);
    if (ofHead > 0) {
      System.arraycopy(head, from, to, toOffset, ofHead);
    }
    if (ofHead < length) {
      cursor.copyValue(from + ofHead, to, toOffset + ofHead, length - ofHead);
    }
  }
}
