package io.flotilla.storage.mvcc;

import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.Cursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A sorted map from bytes to bytes in a tree of its own, for a part of the state machine that is
/// not keys and values of users: applied index, leases, shard map. Changes commit together with the
/// store's next checkpoint. Used by the store's owner.
public final class KeyedState {
  private final BTree tree;
  private final Cursor cursor;

  KeyedState(BTree tree) {
    this.tree = tree;
    this.cursor = tree.cursor();
  }

  /// The value of a key; null when there is none.
  public byte @Nullable [] get(byte[] key) {
    return cursor.seekExact(key) ? cursor.value() : null;
  }

  /// The eight-byte number under a key, or `absent`.
  public long getLong(byte[] key, long absent) {
    return cursor.seekExact(key) ? cursor.valueLong(0) : absent;
  }

  /// Sets the value of a key; true when the key is new.
  public boolean put(byte[] key, byte[] value) {
    return tree.put(key, value, value.length, true);
  }

  /// Sets the value of a key to eight bytes, big-endian.
  public void putLong(byte[] key, long value) {
    put(key, Bytes.ofLong(value));
  }

  /// Removes a key; false when there was none.
  public boolean delete(byte[] key) {
    return tree.delete(key);
  }

  public long size() {
    return tree.size();
  }

  /// The entries from `from` on, ascending; an empty array is the beginning. The map may change
  /// between the steps.
  public Scan scan(byte[] from) {
    return new Scan(from);
  }

  /// Entries of a map in order. [#value] is valid after [#next] returned true, until the map
  /// changes or a checkpoint ends.
  public final class Scan {
    private final Cursor place = tree.cursor();
    private byte[] last;
    private boolean started;
    private boolean ended;

    private Scan(byte[] from) {
      this.last = from;
    }

    /// Goes to the next entry; false at the end.
    public boolean next() {
      if (ended) {
        return false;
      }
      ended = !proceed();
      started = true;
      if (!ended) {
        last = place.key();
      }
      return !ended;
    }

    private boolean proceed() {
      if (started && place.isPositioned()) {
        return place.next();
      }
      boolean found = place.seek(last);
      return started && found && Arrays.equals(place.key(), last) ? place.next() : found;
    }

    public byte[] key() {
      return last;
    }

    public byte[] value() {
      return place.value();
    }
  }
}
