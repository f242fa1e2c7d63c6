package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Sends each request to the group that serves its keys, as the shard map says. What concerns no
/// keys (leases, alarms, members) is the root group's.
///
/// A request whose keys belong to several groups, or to one that has no door here, is refused as
/// sent to the wrong shard: it had no effect.
public final class ShardRouter implements GroupDoor {
  private final Supplier<ShardMap> map;
  private final Map<GroupId, GroupDoor> groups;

  /// @param map the newest map that this node knows; any thread
  /// @param groups doors by group; the root group's among them
  public ShardRouter(Supplier<ShardMap> map, Map<GroupId, GroupDoor> groups) {
    this.map = map;
    this.groups = Map.copyOf(groups);
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    ShardMap current = map.get();
    GroupDoor door =
        command.hasPut() || command.hasDeleteRange() || command.hasTxn()
            ? door(current, () -> RequestKeys.of(command))
            : groups.get(GroupId.ROOT);
    return door == null ? wrongShard(current) : door.propose(command, deadlineNanos);
  }

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    ShardMap current = map.get();
    GroupDoor door =
        query instanceof ShardQuery<?> keys
            ? door(current, () -> RequestKeys.of(keys))
            : groups.get(GroupId.ROOT);
    return door == null ? wrongShard(current) : door.read(mode, query, deadlineNanos);
  }

  /// While one group serves every key nobody has to look at the request.
  private @Nullable GroupDoor door(ShardMap current, Supplier<List<KeyRange>> keys) {
    if (current.shards().size() == 1) {
      return groups.get(current.shards().getFirst().group());
    }
    GroupId only = null;
    for (KeyRange range : keys.get()) {
      GroupId group = current.onlyGroup(range);
      if (group == null || (only != null && !only.equals(group))) {
        return null;
      }
      only = group;
    }
    return groups.get(only == null ? GroupId.ROOT : only);
  }

  private static <T> Future<T> wrongShard(ShardMap current) {
    return Future.failedFuture(new Rejection.WrongShard(current.epoch()).asException());
  }
}
