package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;

/// The groups behind the doors of this node.
final class ShardGroups implements Groups {
  private final ShardDoors doors;
  private final Scheduler loop;
  private final CallerLoop callers;

  /// @param loop of all groups on this node
  /// @param callers the loops of requests
  ShardGroups(ShardDoors doors, Scheduler loop, CallerLoop callers) {
    this.doors = doors;
    this.loop = loop;
    this.callers = callers;
  }

  @Override
  public GroupDoor root() {
    return doors.root();
  }

  @Override
  public GroupDoor shard(GroupId group) {
    return doors.shard(group);
  }

  @Override
  public Future<CommandResult> across(Command command, long deadlineNanos) {
    return doors.cross().run(command, deadlineNanos);
  }

  @Override
  public Future<Moment> newest(long deadlineNanos) {
    return doors.barriers().take(deadlineNanos).map(AtBarrier::new);
  }

  @Override
  public Future<Moment> local(Collection<GroupId> groups) {
    List<GroupId> asked = List.copyOf(groups);
    Executor caller = callers.here();
    Promise<Moment> found = Promise.promise();
    loop.execute(
        () -> {
          long revision = leastComplete(asked);
          caller.execute(() -> found.complete(new Complete(revision)));
        });
    return found.future();
  }

  private long leastComplete(List<GroupId> groups) {
    long least = Long.MAX_VALUE;
    for (GroupId group : groups) {
      least = Math.min(least, doors.completeTo(group));
    }
    return least;
  }

  /// A barrier is read from the root group's replica here, so that replica has it all.
  private final class AtBarrier implements Moment {
    private final BarrierPoint point;

    AtBarrier(BarrierPoint point) {
      this.point = point;
    }

    @Override
    public long revision() {
      return point.revision();
    }

    @Override
    public <T> Future<T> read(GroupId group, Query<T> query, long deadlineNanos) {
      return group.equals(GroupId.ROOT)
          ? doors.root().read(ReadMode.SERIALIZABLE, query, deadlineNanos)
          : doors.shard(group).readAt(point, query, deadlineNanos);
    }

    @Override
    public <T> Future<T> readWhole(
        GroupId group, OwnKeys keys, Query<T> query, long deadlineNanos) {
      return group.equals(GroupId.ROOT)
          ? read(group, query, deadlineNanos)
          : doors.shard(group).readWholeAt(point, keys, query, deadlineNanos);
    }
  }

  private final class Complete implements Moment {
    private final long revision;

    Complete(long revision) {
      this.revision = revision;
    }

    @Override
    public long revision() {
      return revision;
    }

    @Override
    public <T> Future<T> read(GroupId group, Query<T> query, long deadlineNanos) {
      return group.equals(GroupId.ROOT)
          ? doors.root().read(ReadMode.SERIALIZABLE, query, deadlineNanos)
          : doors.shard(group).readComplete(revision, query, deadlineNanos);
    }

    @Override
    public <T> Future<T> readWhole(
        GroupId group, OwnKeys keys, Query<T> query, long deadlineNanos) {
      return group.equals(GroupId.ROOT)
          ? read(group, query, deadlineNanos)
          : doors.shard(group).readWholeComplete(revision, keys, query, deadlineNanos);
    }
  }
}
