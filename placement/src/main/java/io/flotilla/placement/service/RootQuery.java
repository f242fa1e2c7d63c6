package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.Reply;
import java.util.List;

/// The reads that [RootMachine] answers besides those of its keys.
public sealed interface RootQuery<T> extends Query<T> {
  /// etcd's LeaseTimeToLive. Refused as not leading where deadlines are not kept.
  ///
  /// @param keys whether the keys attached to the lease are wanted
  record TimeToLive(long lease, boolean keys)
      implements RootQuery<Reply<LeaseTimeToLiveResponse.Builder>> {}

  /// etcd's LeaseLeases: all leases, by the time they have left. Answered by any replica.
  record ListLeases() implements RootQuery<Reply<LeaseLeasesResponse.Builder>> {}

  /// Renews leases, in order. Asked as a linearizable read of the leader, it comes after every
  /// revocation that was answered before. Refused as not leading elsewhere.
  record KeepAlive(List<Long> leases) implements RootQuery<Renewals> {
    public KeepAlive {
      leases = List.copyOf(leases);
    }
  }

  /// The alarms that are on.
  ///
  /// @param type number of an [io.flotilla.proto.etcd.AlarmType]; 0 for all
  record GetAlarms(int type) implements RootQuery<Reply<AlarmResponse.Builder>> {}

  /// Who belongs to the cluster.
  record GetCluster() implements RootQuery<Cluster> {}

  /// Users and roles. Asked as a linearizable read, it covers every change that was answered
  /// before.
  record GetAuth() implements RootQuery<AuthFacts> {}

  /// Which group serves which keys.
  record GetMap() implements RootQuery<ShardMap> {}

  /// Where the one order stands. Asked as a linearizable read, it covers every write that was
  /// answered before.
  record Barrier() implements RootQuery<BarrierPoint> {}

  /// The shard groups that are registered with a lease, ascending; none for an unknown lease.
  record LeaseGroups(long lease) implements RootQuery<List<GroupId>> {}
}
