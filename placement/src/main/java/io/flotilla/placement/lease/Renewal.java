package io.flotilla.placement.lease;

/// What a keep-alive met.
public sealed interface Renewal {
  /// The lease lives for its full TTL from now on.
  ///
  /// @param ttlSeconds the granted TTL
  record Renewed(long ttlSeconds) implements Renewal {}

  /// There is no such lease; etcd answers TTL 0.
  record Unknown() implements Renewal {}

  /// The lease ran out or its revocation is on its way: it is never renewed again. The answer is
  /// that of an unknown lease, once it is gone.
  record Expiring() implements Renewal {}

  /// A checkpoint of the remaining time stands or is on its way. It must be cleared through the
  /// log before the lease may be renewed: otherwise the next leader would end the lease earlier
  /// than its owner was told.
  ///
  /// @param ttlSeconds the granted TTL, which a clearing checkpoint names as the remaining time
  record Checkpointed(long ttlSeconds) implements Renewal {}
}
