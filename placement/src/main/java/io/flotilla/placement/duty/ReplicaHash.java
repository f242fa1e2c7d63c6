package io.flotilla.placement.duty;

/// The hash of one replica's keys with their history, as of a revision (etcd's HashKV).
///
/// @param compactRevision what was compacted then: hashes compare only where it is equal
/// @param revision that the hash is of
public record ReplicaHash(int hash, long compactRevision, long revision) {}
