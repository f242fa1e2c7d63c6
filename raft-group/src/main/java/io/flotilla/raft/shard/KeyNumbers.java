package io.flotilla.raft.shard;

import io.flotilla.proto.mvcc.KeyValue;

/// What etcd keeps with a key besides its value.
///
/// @param createRevision of the put that created the key, or created it again
/// @param modRevision of the newest put
/// @param version puts since the key was created
/// @param lease 0 for none
record KeyNumbers(long createRevision, long modRevision, long version, long lease) {
  /// Of a key that does not exist (etcd's compares see zeros).
  static final KeyNumbers ABSENT = new KeyNumbers(0, 0, 0, 0);

  boolean exists() {
    return version > 0;
  }

  void fill(KeyValue.Builder kv) {
    kv.setCreateRevision(createRevision);
    kv.setModRevision(modRevision);
    kv.setVersion(version);
    kv.setLease(lease);
  }
}
