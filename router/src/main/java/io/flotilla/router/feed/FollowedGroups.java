package io.flotilla.router.feed;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.order.ProcessedItems;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.router.watch.Elsewhere;
import io.vertx.core.Future;
import java.util.List;
import java.util.random.RandomGenerator;

/// The groups that have no replica here, as other nodes tell of them. On the hub's loop.
///
/// @param streams to other nodes
/// @param random spreads followers over the nodes that have replicas, and their attempts over time
public record FollowedGroups(
    ReplicaStreams streams,
    Holders holders,
    Pages pages,
    Items items,
    Scheduler loop,
    RandomGenerator random)
    implements Elsewhere {
  /// Who has replicas.
  @FunctionalInterface
  public interface Holders {
    /// The other nodes that have a replica of a group, as far as known here.
    List<NodeId> of(GroupId group);
  }

  /// Reads histories of groups elsewhere.
  @FunctionalInterface
  public interface Pages {
    /// A page of a group's history, of any replica of it that has processed `item` and has these
    /// keys. Completes on the loop. Fails with a [io.flotilla.base.RejectedException]: `Compacted`
    /// says that it is in vain, any other that it may be asked again.
    Future<HistoryPage> read(GroupId group, OwnKeys keys, long item, ShardQuery.History query);
  }

  /// The journals of the root group's replica here: how complete somebody is who has processed this
  /// much.
  public interface Items {
    void add(ProcessedItems items);

    void remove(GroupId group);

    /// More is processed.
    void onProcessed(GroupId group);

    /// To which revision the group is complete with what is processed.
    long completeTo(GroupId group);

    /// Whether items are known here that are not processed.
    boolean isBehind(GroupId group);
  }

  @Override
  public Following follow(GroupId group, OwnKeys keys, Follower follower) {
    var history = new RemoteHistory(this, group, keys, follower);
    history.start();
    return history;
  }
}
