package io.flotilla.node.run;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.route.Backup;
import io.flotilla.router.route.StorageDoor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/// Upkeep of the root group's store on this node.
///
/// @param loop the group's
/// @param storage where reading a backup may block
record RootStorage(
    Vertx vertx,
    Scheduler loop,
    RootMachine machine,
    Group group,
    WorkerExecutor storage,
    Clock clock)
    implements StorageDoor {
  private static final long HASH_NANOS = 600_000_000_000L;

  /// The keys with their whole retained history: the part of the database that is equal on all
  /// members, so that comparing makes sense.
  @Override
  public Future<Integer> hash() {
    long deadline = clock.nanoTime() + HASH_NANOS;
    return group
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
          machine.relocateNow();
          return null;
        });
  }

  @Override
  public Future<Backup> openBackup() {
    return LoopCalls.call(vertx, loop, machine::openBackup)
        .compose(writer -> StoreBackup.open(writer, storage));
  }
}
