package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Key;
import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.ReadView;
import io.flotilla.storage.btree.TreeFile;

/// The named trees of one store, as the owner changes them or as a read view froze them.
///
/// @param revisions every retained record, see [RecordLayout]
/// @param keys where the newest record of each user key is, see [KeyEntry]; live keys are counted
/// @param leases (lease id, user key) to nothing
/// @param meta see [StoreMeta]
record MvccTrees(BTree revisions, BTree keys, BTree leases, BTree meta) {
  static final String REVISIONS = "revisions";
  static final String KEYS = "keys";
  static final String LEASES = "leases";
  static final String META = "meta";
  static final String COMPONENT_PREFIX = "component/";
  private static final byte[] NOTHING = {};

  static MvccTrees of(TreeFile file) {
    return new MvccTrees(file.tree(REVISIONS), file.tree(KEYS), file.tree(LEASES), file.tree(META));
  }

  static MvccTrees of(ReadView view) {
    return new MvccTrees(view.tree(REVISIONS), view.tree(KEYS), view.tree(LEASES), view.tree(META));
  }

  /// The key of `key` under `lease` in the tree `leases`: ids ascend as unsigned numbers.
  static byte[] leaseKey(long lease, Key key) {
    byte[] bytes = new byte[Long.BYTES + key.length()];
    Bytes.putLong(bytes, 0, lease);
    System.arraycopy(key.bytes(), 0, bytes, Long.BYTES, key.length());
    return bytes;
  }

  /// Lists a key under lease `to` and not under `from` any more; 0 is none.
  void moveLease(Key key, long from, long to) {
    if (from == to) {
      return;
    }
    if (from != 0) {
      check(leases.delete(leaseKey(from, key)), "an attached key is indexed");
    }
    if (to != 0) {
      check(leases.put(leaseKey(to, key), NOTHING, 0, true), "a key is attached once");
    }
  }
}
