package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.GroupSites;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.order.ProcessedItems;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.feed.FollowedGroups;
import io.vertx.core.Future;
import java.util.Map;

/// What the watches of this node need of groups that have no replica here, put together. On the
/// loop.
final class Following {
  /// After which a page that nobody has answered is asked for again.
  private static final long PAGE_NANOS = 5_000_000_000L;

  private Following() {}

  static FollowedGroups groups(
      ReplicaPorts ports,
      Connections to,
      GroupSites sites,
      ShardDoors doors,
      Completeness followed) {
    return new FollowedGroups(
        to.streams(),
        sites::others,
        new Pages(doors, ports.clock()),
        new Items(followed),
        ports.loop(),
        ports.random());
  }

  private record Pages(ShardDoors doors, Clock clock) implements FollowedGroups.Pages {
    @Override
    public Future<HistoryPage> read(
        GroupId group, OwnKeys keys, long item, ShardQuery.History query) {
      var point = new BarrierPoint(0, Map.of(group, item));
      try {
        return doors.shard(group).readWholeAt(point, keys, query, clock.nanoTime() + PAGE_NANOS);
      } catch (RejectedException unknown) {
        return Future.failedFuture(unknown);
      }
    }
  }

  private record Items(Completeness followed) implements FollowedGroups.Items {
    @Override
    public void add(ProcessedItems items) {
      followed.add(items);
    }

    @Override
    public void remove(GroupId group) {
      followed.remove(group);
    }

    @Override
    public void onProcessed(GroupId group) {
      followed.onProcessed(group);
    }

    @Override
    public long completeTo(GroupId group) {
      return followed.completeTo(group);
    }

    @Override
    public boolean isBehind(GroupId group) {
      return followed.isBehind(group);
    }
  }
}
