package io.flotilla.placement.duty;

/// The hash of one replica's keys with their history, as of a revision (etcd's HashKV).
///
/// @param compactRevision what was compacted then: hashes compare only where it is equal
/// @param revision that the hash is of
/// @param epoch of the map that says which keys the group has: hashes compare only where it is
/// equal
public record ReplicaHash(int hash, long compactRevision, long revision, long epoch) {
  /// Whether it is the hash of what `other` is the hash of.
  boolean comparesWith(ReplicaHash other) {
    return compactRevision == other.compactRevision
        && revision == other.revision
        && epoch == other.epoch;
  }
}
