package io.flotilla.storage.backup;

import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.Cursor;
import java.util.List;

/// One tree of a snapshot: the entries of one frozen tree, or of several, in key order.
///
/// @param parts have no key in common as they are rewritten
public record SnapshotTree(String name, List<Part> parts) {
  public SnapshotTree {
    parts = List.copyOf(parts);
  }

  /// A frozen tree, or some of its entries.
  public record Part(BTree tree, Filter filter, Rewrite rewrite) {}

  /// Chooses entries.
  @FunctionalInterface
  public interface Filter {
    /// Takes everything.
    Filter ALL = _ -> true;

    /// Whether the entry on which a cursor stands goes into the snapshot. Does not move the cursor.
    boolean takes(Cursor entry);
  }

  /// Changes entries on their way into a snapshot. Lengths and the order of keys stay.
  public interface Rewrite {
    /// Leaves everything as it is.
    Rewrite NONE =
        new Rewrite() {
          @Override
          public int headBytes() {
            return 0;
          }

          @Override
          public void apply(byte[] key, byte[] head) {}
        };

    /// How many bytes at the front of a value it may change.
    int headBytes();

    /// Changes an entry in place.
    ///
    /// @param key the whole key
    /// @param head the front of the value: [#headBytes] of it, or all of a shorter one
    void apply(byte[] key, byte[] head);
  }
}
