package io.flotilla.storage.backup;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of a snapshot, produced piece by piece: every tree, each in key order.
/// Holds one key in memory at a time; values are copied straight from the tree.
final class SnapshotItems {
  private final List<SnapshotTree> trees;
  private int nextTree;
  private @Nullable EntryCursor cursor;
  private boolean started;
  private boolean ended;
  private long entries;
  private byte[] head = new byte[0];
  private int headSent;
  private int valueSent;
  private int valueLength;

  SnapshotItems(List<SnapshotTree> trees) {
    this.trees = trees;
  }

  /// Length of the whole body. Visits every entry, without reading values.
  static long bodyBytes(List<SnapshotTree> trees) {
    long bytes = SnapshotFormat.END_BYTES;
    for (SnapshotTree tree : trees) {
      bytes += SnapshotFormat.TREE_HEAD_BYTES + tree.name().getBytes(StandardCharsets.UTF_8).length;
      var cursor = new EntryCursor(tree);
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        PartCursor at = cursor.current();
        bytes += SnapshotFormat.ENTRY_HEAD_BYTES + at.key().length + (long) at.valueLength();
      }
    }
    return bytes;
  }

  /// Copies the next bytes of the body; fewer than `length` only at its end.
  int read(byte[] to, int length) {
    int filled = 0;
    while (filled < length) {
      if (headSent == head.length && valueSent == valueLength) {
        if (ended) {
          break;
        }
        nextItem();
      }
      filled += copyItem(to, filled, length - filled);
    }
    return filled;
  }

  private int copyItem(byte[] to, int offset, int room) {
    int fromHead = Math.min(room, head.length - headSent);
    System.arraycopy(head, headSent, to, offset, fromHead);
    headSent += fromHead;
    int fromValue = Math.min(room - fromHead, valueLength - valueSent);
    EntryCursor at = cursor;
    if (fromValue > 0 && at != null) {
      at.current().copyValue(valueSent, to, offset + fromHead, fromValue);
      valueSent += fromValue;
    }
    return fromHead + fromValue;
  }

  private void nextItem() {
    headSent = 0;
    valueSent = 0;
    valueLength = 0;
    EntryCursor at = cursor;
    if (at != null && (started ? at.next() : at.first())) {
      started = true;
      entry(at.current());
    } else if (nextTree < trees.size()) {
      tree(trees.get(nextTree++));
    } else {
      ended = true;
      head =
          ByteBuffer.allocate(SnapshotFormat.END_BYTES)
              .put(SnapshotFormat.END)
              .putLong(entries)
              .array();
    }
  }

  private void tree(SnapshotTree tree) {
    byte[] bytes = tree.name().getBytes(StandardCharsets.UTF_8);
    cursor = new EntryCursor(tree);
    started = false;
    head =
        ByteBuffer.allocate(SnapshotFormat.TREE_HEAD_BYTES + bytes.length)
            .put(SnapshotFormat.TREE)
            .putShort((short) bytes.length)
            .put(bytes)
            .array();
  }

  private void entry(PartCursor at) {
    entries++;
    byte[] key = at.key();
    valueLength = at.valueLength();
    head = new byte[SnapshotFormat.ENTRY_HEAD_BYTES + key.length];
    ByteBuffer.wrap(head)
        .put(at.counted() ? SnapshotFormat.ENTRY : SnapshotFormat.WEIGHTLESS_ENTRY)
        .putInt(key.length)
        .putInt(valueLength)
        .put(key);
  }
}
