package io.flotilla.raft.shard;

/// What can be wrong with a request by itself, whatever the state. Clients see each as an invalid
/// argument with etcd's text.
public enum RequestFault {
  /// "key is not provided": an empty key.
  EMPTY_KEY,
  /// "value is provided": `ignore_value` with a value.
  VALUE_PROVIDED,
  /// "lease is provided": `ignore_lease` with a lease.
  LEASE_PROVIDED,
  /// "invalid sort option": an unknown sort order or target.
  INVALID_SORT,
  /// "key not found": an operation of a txn that says nothing.
  KEY_NOT_FOUND,
  /// "too many operations in txn request".
  TOO_MANY_OPS,
  /// "duplicate key given in txn request": a key put twice, or put and deleted, in one branch.
  DUPLICATE_KEY
}
