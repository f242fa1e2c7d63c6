package io.flotilla.placement.client;

import com.google.protobuf.Message;
import io.flotilla.base.Epoch;
import io.flotilla.placement.lease.LeaseLimits;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.function.LongSupplier;

/// Requests to the root group. Responses come without top-level headers, with the revision that
/// belongs in them; refusals fail the future with [io.flotilla.base.RejectedException].
///
/// Requests are expected to have passed the checks that need no state. What a request leaves to the
/// server (a lease's id and effective TTL) is decided here, before it is proposed, so that replicas
/// agree. Any thread.
public final class RootClient {
  private final GroupDoor group;
  private final LeaseLimits limits;
  private final LongSupplier random;
  private volatile ShardMap map = ShardMap.initial();

  /// @param random 64 random bits each, from any thread
  public RootClient(GroupDoor group, LeaseLimits limits, LongSupplier random) {
    this.group = group;
    this.limits = limits;
    this.random = random;
  }

  // ---- keys

  public Future<Reply<PutResponse.Builder>> put(PutRequest request, long deadlineNanos) {
    return propose(Command.newBuilder().setPut(request), PutResponse.Builder.class, deadlineNanos);
  }

  public Future<Reply<DeleteRangeResponse.Builder>> delete(
      DeleteRangeRequest request, long deadlineNanos) {
    return propose(
        Command.newBuilder().setDeleteRange(request),
        DeleteRangeResponse.Builder.class,
        deadlineNanos);
  }

  /// A txn that may write. One that cannot belongs in [#readTxn].
  public Future<Reply<TxnResponse.Builder>> txn(TxnRequest request, long deadlineNanos) {
    return propose(Command.newBuilder().setTxn(request), TxnResponse.Builder.class, deadlineNanos);
  }

  public Future<Reply<TxnResponse.Builder>> readTxn(
      ReadMode mode, TxnRequest request, long deadlineNanos) {
    return group.read(mode, new ShardQuery.ReadTxn(request), deadlineNanos);
  }

  public Future<Reply<RangeResponse.Builder>> range(RangeRequest request, long deadlineNanos) {
    ReadMode mode = request.getSerializable() ? ReadMode.SERIALIZABLE : ReadMode.LINEARIZABLE;
    return group.read(mode, new ShardQuery.Range(request), deadlineNanos);
  }

  /// Compacts; a physical compaction is answered when this replica has removed what it drops.
  public Future<Reply<CompactionResponse.Builder>> compact(
      CompactionRequest request, long deadlineNanos) {
    var marked =
        propose(
            Command.newBuilder().setCompact(request),
            CompactionResponse.Builder.class,
            deadlineNanos);
    if (!request.getPhysical()) {
      return marked;
    }
    return marked.compose(
        reply -> read(new ShardQuery.CompactionFinished(), deadlineNanos).map(_ -> reply));
  }

  /// Any other read: history, hashes, keys of a lease.
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    return group.read(mode, query, deadlineNanos);
  }

  // ---- leases

  /// Grants a lease. An id of 0 becomes a random positive one and a short TTL the minimum.
  ///
  /// @param request its TTL is not [LeaseLimits#tooLarge]
  public Future<Reply<LeaseGrantResponse.Builder>> grant(
      LeaseGrantRequest request, long deadlineNanos) {
    var effective = request.toBuilder().setTTL(limits.effectiveTtlSeconds(request.getTTL()));
    while (effective.getID() == 0) {
      effective.setID(random.getAsLong() & Long.MAX_VALUE);
    }
    return propose(
        Command.newBuilder().setLeaseGrant(effective),
        LeaseGrantResponse.Builder.class,
        deadlineNanos);
  }

  public Future<Reply<LeaseRevokeResponse.Builder>> revoke(
      LeaseRevokeRequest request, long deadlineNanos) {
    return propose(
        Command.newBuilder().setLeaseRevoke(request),
        LeaseRevokeResponse.Builder.class,
        deadlineNanos);
  }

  /// Refused as not leading on any other replica than the leader's.
  public Future<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(
      long lease, boolean keys, long deadlineNanos) {
    return read(new RootQuery.TimeToLive(lease, keys), deadlineNanos);
  }

  /// All leases, as this replica knows them.
  public Future<Reply<LeaseLeasesResponse.Builder>> leases(long deadlineNanos) {
    return group.read(ReadMode.SERIALIZABLE, new RootQuery.ListLeases(), deadlineNanos);
  }

  // ---- alarms, members

  public Future<Reply<AlarmResponse.Builder>> alarm(AlarmRequest request, long deadlineNanos) {
    if (request.getAction() == AlarmAction.GET) {
      return read(new RootQuery.GetAlarms(request.getAlarmValue()), deadlineNanos);
    }
    return propose(
        Command.newBuilder().setAlarm(request), AlarmResponse.Builder.class, deadlineNanos);
  }

  /// Tells the cluster a started member's name and client URLs.
  public Future<Void> publish(MemberAttributes attributes, long deadlineNanos) {
    var command = Command.newBuilder().setMemberAttributes(attributes);
    return propose(command, Message.Builder.class, deadlineNanos).mapEmpty();
  }

  public Future<Cluster> cluster(ReadMode mode, long deadlineNanos) {
    return group.read(mode, new RootQuery.GetCluster(), deadlineNanos);
  }

  // ---- the map

  /// The newest map that this client has seen; costs nothing.
  public ShardMap map() {
    return map;
  }

  /// A map that is newer than the one a request was just refused with.
  ///
  /// @param stale epoch of the map that the request was routed by
  public Future<ShardMap> mapAfter(Epoch stale, long deadlineNanos) {
    ShardMap known = map;
    if (known.epoch().compareTo(stale) > 0) {
      return Future.succeededFuture(known);
    }
    return read(new RootQuery.GetMap(), deadlineNanos).map(this::remember);
  }

  /// Maps may arrive in any order; the newest is kept.
  private synchronized ShardMap remember(ShardMap arrived) {
    if (arrived.epoch().compareTo(map.epoch()) > 0) {
      map = arrived;
    }
    return map;
  }

  private <T> Future<T> read(Query<T> query, long deadlineNanos) {
    return group.read(ReadMode.LINEARIZABLE, query, deadlineNanos);
  }

  private <B extends Message.Builder> Future<Reply<B>> propose(
      Command.Builder command, Class<B> response, long deadlineNanos) {
    return group.propose(command.build(), deadlineNanos).map(result -> reply(result, response));
  }

  /// A refusal fails the future that this runs in.
  private static <B extends Message.Builder> Reply<B> reply(CommandResult result, Class<B> type) {
    return switch (result) {
      case CommandResult.Done(var response, long revision) ->
          new Reply<>(type.cast(response), revision);
      case CommandResult.Rejected(var why) -> throw why.asException();
    };
  }
}
