package io.flotilla.router.route;

import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.raft.shard.Reply;
import io.vertx.core.Future;

/// Leases as their keeper, the leader, sees them. Grants and revokes are commands and go through
/// [io.flotilla.placement.client.GroupDoor].
public interface LeaseDoor {
  /// Renews a lease.
  ///
  /// @return its TTL in seconds; 0 for a lease that does not exist or has expired
  Future<Long> keepAlive(long leaseId, long deadlineNanos);

  /// The time left and, if asked, the keys of a lease; TTL -1 for one that does not exist. The
  /// answer has no header.
  Future<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(
      LeaseTimeToLiveRequest request, long deadlineNanos);

  /// All leases that this node knows, soonest to expire first.
  Future<Reply<LeaseLeasesResponse.Builder>> leases(long deadlineNanos);
}
