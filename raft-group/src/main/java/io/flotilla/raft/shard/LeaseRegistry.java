package io.flotilla.raft.shard;

/// The leases that keys may be attached to. Part of the replicated state: it answers the same on
/// every replica at the same place in the log.
@FunctionalInterface
public interface LeaseRegistry {
  /// Whether a put may name this lease.
  ///
  /// @param lease never 0
  boolean exists(long lease);
}
