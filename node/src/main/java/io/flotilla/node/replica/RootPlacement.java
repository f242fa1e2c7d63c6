package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupSettled;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where groups are to be, by the root group's replica here.
final class RootPlacement implements GroupPlacement {
  private static final long NEWEST_NANOS = 5_000_000_000L;

  private final ReplicaPorts ports;
  private final RootReplica root;
  private final BiConsumer<Command, Consumer<CommandResult>> tell;

  /// @param tell proposes to the root group's leader
  RootPlacement(
      ReplicaPorts ports, RootReplica root, BiConsumer<Command, Consumer<CommandResult>> tell) {
    this.ports = ports;
    this.root = root;
    this.tell = tell;
  }

  @Override
  public Membership members() {
    return root.machine().membership();
  }

  @Override
  public @Nullable GroupRecord record(GroupId group) {
    return root.machine().record(group);
  }

  /// A linearizable read of the replica here (0009, "barrier").
  @Override
  public Future<?> newest() {
    Promise<Void> promise = Promise.promise();
    root.door()
        .read(
            ReadMode.LINEARIZABLE, new RootQuery.GetMap(), ports.clock().nanoTime() + NEWEST_NANOS)
        .onComplete(
            _ -> ports.loop().execute(promise::complete),
            failure -> ports.loop().execute(() -> promise.fail(failure)));
    return promise.future();
  }

  @Override
  public Future<?> settle(GroupRecord record) {
    var settled =
        GroupSettled.newBuilder().setGroup(record.getGroup()).setPlacement(record.getPlacement());
    Promise<CommandResult> promise = Promise.promise();
    tell.accept(Command.newBuilder().setGroupSettled(settled).build(), promise::complete);
    return promise.future();
  }
}
