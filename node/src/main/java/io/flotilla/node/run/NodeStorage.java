package io.flotilla.node.run;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.node.replica.ReplicaSet;
import io.flotilla.node.replica.ShardReplica;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.ClusterBackup;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.route.Backup;
import io.flotilla.router.route.StorageDoor;
import io.flotilla.storage.backup.SnapshotWriter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.grpc.common.GrpcStatus;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Upkeep of this node's stores.
///
/// @param loop of all replicas
/// @param keys reads the keys of all groups here
/// @param storage where reading a backup may block
record NodeStorage(
    Vertx vertx,
    Scheduler loop,
    ReplicaSet replicas,
    Supplier<GroupDoor> keys,
    WorkerExecutor storage,
    Clock clock)
    implements StorageDoor {
  private static final long HASH_NANOS = 600_000_000_000L;

  /// How long the replicas here may take to come to the same revision.
  private static final long BACKUP_NANOS = 30_000_000_000L;

  /// The keys with their whole retained history: the part of the database that is equal on all
  /// members, so that comparing makes sense.
  @Override
  public Future<Integer> hash() {
    long deadline = clock.nanoTime() + HASH_NANOS;
    return keys.get()
        .read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(0), deadline)
        .map(reply -> reply.response().getHash());
  }

  /// Starts it and returns: nothing waits for pages to move.
  @Override
  public Future<Void> defragment() {
    return LoopCalls.call(
        vertx,
        loop,
        () -> {
          replicas.root().machine().relocateNow();
          replicas.shards().values().forEach(replica -> replica.machine().relocateNow());
          return null;
        });
  }

  @Override
  public Future<Backup> openBackup() {
    return LoopCalls.call(vertx, loop, this::freeze)
        .compose(frozen -> frozen)
        .compose(writer -> StoreBackup.open(writer, storage));
  }

  /// Puts together what is here only: a node that is without some group says who is not.
  private Future<SnapshotWriter> freeze() {
    RootMachine root = replicas.root().machine();
    NodeId self = replicas.root().self();
    if (!root.groups().stream().allMatch(group -> Placements.hosts(group, self))) {
      return Future.failedFuture(notWhole(root).asException());
    }
    return ClusterBackup.open(
        replicas.root().machine(), this::machine, clock, loop, clock.nanoTime() + BACKUP_NANOS);
  }

  private static ApiStatus notWhole(RootMachine root) {
    String whole =
        root.members().list().stream()
            .filter(member -> hasAll(root, member.id()))
            .map(Member::name)
            .collect(Collectors.joining(", "));
    String advice =
        whole.isEmpty()
            ? "no member has all of them: place them on one"
            : "these members have all of them: " + whole;
    return new ApiStatus(
        GrpcStatus.FAILED_PRECONDITION,
        "flotilla: a snapshot needs a replica of every group on the node that is asked; " + advice);
  }

  private static boolean hasAll(RootMachine root, NodeId node) {
    return root.groups().stream()
        .allMatch(group -> Placements.wanted(group, List.of(node)).contains(node));
  }

  private @Nullable ShardGroupMachine machine(GroupId group) {
    ShardReplica replica = replicas.shards().get(group);
    return replica == null ? null : replica.machine();
  }
}
