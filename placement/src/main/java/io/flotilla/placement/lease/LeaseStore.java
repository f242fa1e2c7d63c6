package io.flotilla.placement.lease;

/// Where the replicated part of the lease table is kept. It becomes durable with the checkpoint
/// that also holds the applied index, so a restart sees exactly the leases of that index.
public interface LeaseStore {
  /// Keeps one lease, replacing what was there.
  ///
  /// @param remainingSeconds the checkpointed rest of the TTL; 0 when there is none
  void put(long id, long ttlSeconds, long remainingSeconds);

  void delete(long id);

  /// Visits every lease, in any order.
  void forEach(Visitor visitor);

  /// Receives stored leases.
  interface Visitor {
    void visit(long id, long ttlSeconds, long remainingSeconds);
  }
}
