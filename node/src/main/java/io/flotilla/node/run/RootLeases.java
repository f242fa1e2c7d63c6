package io.flotilla.node.run;

import io.flotilla.placement.client.KeepAlives;
import io.flotilla.placement.client.RootClient;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.raft.shard.Reply;
import io.flotilla.router.route.LeaseDoor;
import io.vertx.core.Future;

/// Leases as the root group keeps them.
record RootLeases(RootClient root, KeepAlives keepAlives) implements LeaseDoor {
  @Override
  public Future<Long> keepAlive(long leaseId, long deadlineNanos) {
    return keepAlives.renew(leaseId, deadlineNanos).map(KeepAlives.Answer::ttlSeconds);
  }

  @Override
  public Future<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(
      LeaseTimeToLiveRequest request, long deadlineNanos) {
    return root.timeToLive(request.getID(), request.getKeys(), deadlineNanos);
  }

  @Override
  public Future<Reply<LeaseLeasesResponse.Builder>> leases(long deadlineNanos) {
    return root.leases(deadlineNanos);
  }
}
