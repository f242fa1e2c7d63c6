package io.flotilla.router.route;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.KeepAlives;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.Reply;
import io.vertx.core.Future;

/// The root group's leases.
public final class RootLeases implements LeaseDoor {
  private final GroupDoor group;
  private final KeepAlives keepAlives;

  /// @param scheduler runs on the loop of the request
  public RootLeases(GroupDoor group, Clock clock, Scheduler scheduler) {
    this.group = group;
    this.keepAlives = new KeepAlives(group, clock, scheduler);
  }

  @Override
  public Future<Long> keepAlive(long leaseId, long deadlineNanos) {
    return keepAlives.renew(leaseId, deadlineNanos).map(KeepAlives.Answer::ttlSeconds);
  }

  @Override
  public Future<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(
      LeaseTimeToLiveRequest request, long deadlineNanos) {
    var query = new RootQuery.TimeToLive(request.getID(), request.getKeys());
    return group.read(ReadMode.LINEARIZABLE, query, deadlineNanos);
  }

  @Override
  public Future<Reply<LeaseLeasesResponse.Builder>> leases(long deadlineNanos) {
    return group.read(ReadMode.SERIALIZABLE, new RootQuery.ListLeases(), deadlineNanos);
  }
}
