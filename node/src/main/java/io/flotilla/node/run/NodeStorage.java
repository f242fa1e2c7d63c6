package io.flotilla.node.run;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.node.replica.ReplicaSet;
import io.flotilla.node.replica.ShardReplica;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.service.ClusterBackup;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.route.Backup;
import io.flotilla.router.route.StorageDoor;
import io.flotilla.storage.backup.SnapshotWriter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.function.Supplier;
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

  private Future<SnapshotWriter> freeze() {
    return ClusterBackup.open(
        replicas.root().machine(), this::machine, clock, loop, clock.nanoTime() + BACKUP_NANOS);
  }

  private @Nullable ShardGroupMachine machine(GroupId group) {
    ShardReplica replica = replicas.shards().get(group);
    return replica == null ? null : replica.machine();
  }
}
