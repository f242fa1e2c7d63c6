package io.flotilla.placement.service;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.List;

/// Answers the root group's own reads.
final class RootReads {
  private final RootState state;

  RootReads(RootState state) {
    this.state = state;
  }

  @SuppressWarnings("unchecked") // each case of the query fixes what T is
  <T> QueryRun<T> begin(RootQuery<T> query, long nowNanos) {
    return (QueryRun<T>)
        switch ((RootQuery<?>) query) {
          case RootQuery.TimeToLive q -> timeToLive(q, nowNanos);
          case RootQuery.ListLeases _ -> new LeaseListRun(state.leases().list(), revision());
          case RootQuery.KeepAlive q -> keepAlive(q, nowNanos);
          case RootQuery.GetAlarms q -> alarms(q.type());
          case RootQuery.GetCluster _ -> QueryRun.done(cluster());
          case RootQuery.GetAuth _ -> QueryRun.done(state.auth.facts());
          case RootQuery.GetMap _ -> QueryRun.done(state.map.map());
          case RootQuery.Barrier _ -> QueryRun.done(state.order.barrier(revision()));
          case RootQuery.LeaseGroups q -> QueryRun.done(state.leaseGroups.of(q.lease()));
        };
  }

  private QueryRun<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(
      RootQuery.TimeToLive query, long nowNanos) {
    if (!state.leases().primary()) {
      return notLeading();
    }
    long left = state.leases().remainingSeconds(query.lease(), nowNanos);
    var times =
        LeaseTimeToLiveResponse.newBuilder()
            .setID(query.lease())
            .setTTL(left)
            .setGrantedTTL(state.leases().ttlSeconds(query.lease()));
    if (left < 0 || !query.keys()) {
      return QueryRun.done(new Reply<>(times, revision()));
    }
    var keys = state.keys.query(new ShardQuery.KeysOfLease(query.lease()));
    return new TimeToLiveRun(times, revision(), keys);
  }

  private QueryRun<Renewals> keepAlive(RootQuery.KeepAlive query, long nowNanos) {
    if (!state.leases().primary()) {
      return notLeading();
    }
    List<Renewal> outcomes = new ArrayList<>(query.leases().size());
    query.leases().forEach(lease -> outcomes.add(state.leases().renew(lease, nowNanos)));
    return QueryRun.done(new Renewals(outcomes, revision()));
  }

  private QueryRun<Reply<AlarmResponse.Builder>> alarms(int type) {
    var response = AlarmResponse.newBuilder().addAllAlarms(state.alarms.list(type));
    return QueryRun.done(new Reply<>(response, revision()));
  }

  private Cluster cluster() {
    return new Cluster(state.members.clusterId(), state.members.list());
  }

  private long revision() {
    return state.keys.revision();
  }

  /// Routing knows the leader; the state does not.
  private static <T> QueryRun<T> notLeading() {
    return new RefusedRun<>(new Rejection.NotLeader(NodeId.NONE));
  }
}
