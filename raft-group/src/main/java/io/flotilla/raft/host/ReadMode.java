package io.flotilla.raft.host;

/// What a read promises.
public enum ReadMode {
  /// Sees every write that was answered before the read began; needs the leader.
  LINEARIZABLE,

  /// Sees the state of this replica, which may lag; needs nobody.
  SERIALIZABLE
}
