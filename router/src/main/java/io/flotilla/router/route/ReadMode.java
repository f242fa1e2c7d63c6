package io.flotilla.router.route;

/// How fresh a read is.
public enum ReadMode {
  /// Sees every write that was acknowledged before it began.
  LINEARIZABLE,
  /// Answered from this node's replica, which may be behind; works without a quorum.
  SERIALIZABLE
}
