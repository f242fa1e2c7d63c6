package io.flotilla.storage.backup;

import io.flotilla.storage.btree.Cursor;
import io.flotilla.storage.btree.ReadView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of a snapshot, produced piece by piece: every tree of a read view, each in key order.
/// Holds one key in memory at a time; values are copied straight from the tree.
final class SnapshotItems {
  private final ReadView view;
  private final List<String> names;
  private int nextTree;
  private @Nullable Cursor cursor;
  private boolean started;
  private boolean ended;
  private long entries;
  private byte[] head = new byte[0];
  private int headSent;
  private int valueSent;
  private int valueLength;

  SnapshotItems(ReadView view, List<String> names) {
    this.view = view;
    this.names = names;
  }

  /// Length of the whole body. Visits every entry, without reading values.
  static long bodyBytes(ReadView view, List<String> names) {
    long bytes = SnapshotFormat.END_BYTES;
    for (String name : names) {
      bytes += SnapshotFormat.TREE_HEAD_BYTES + name.getBytes(StandardCharsets.UTF_8).length;
      Cursor cursor = view.tree(name).cursor();
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        bytes += SnapshotFormat.ENTRY_HEAD_BYTES + cursor.keyLength() + (long) cursor.valueLength();
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
    Cursor at = cursor;
    if (fromValue > 0 && at != null) {
      at.copyValue(valueSent, to, offset + fromHead, fromValue);
      valueSent += fromValue;
    }
    return fromHead + fromValue;
  }

  private void nextItem() {
    headSent = 0;
    valueSent = 0;
    valueLength = 0;
    Cursor at = cursor;
    if (at != null && (started ? at.next() : at.first())) {
      started = true;
      entry(at);
    } else if (nextTree < names.size()) {
      tree(names.get(nextTree++));
    } else {
      ended = true;
      head =
          ByteBuffer.allocate(SnapshotFormat.END_BYTES)
              .put(SnapshotFormat.END)
              .putLong(entries)
              .array();
    }
  }

  private void tree(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    cursor = view.tree(name).cursor();
    started = false;
    head =
        ByteBuffer.allocate(SnapshotFormat.TREE_HEAD_BYTES + bytes.length)
            .put(SnapshotFormat.TREE)
            .putShort((short) bytes.length)
            .put(bytes)
            .array();
  }

  private void entry(Cursor at) {
    entries++;
    int keyLength = at.keyLength();
    valueLength = at.valueLength();
    head = new byte[SnapshotFormat.ENTRY_HEAD_BYTES + keyLength];
    ByteBuffer.wrap(head)
        .put(at.counted() ? SnapshotFormat.ENTRY : SnapshotFormat.WEIGHTLESS_ENTRY)
        .putInt(keyLength)
        .putInt(valueLength);
    at.copyKey(0, head, SnapshotFormat.ENTRY_HEAD_BYTES, keyLength);
  }
}
