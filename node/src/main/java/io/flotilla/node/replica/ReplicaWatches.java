package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.placement.client.GroupSites;
import io.flotilla.placement.order.Completeness;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.router.feed.FeedServer;
import io.flotilla.router.feed.GroupFeed;
import io.flotilla.router.watch.WatchHub;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How the watches of this node, and those of nodes that follow it, hear of the replicas of shard
/// groups here. On the loop.
///
/// They hear of a replica from when it has a state until the group is no more this node's: then it
/// may have ceased to hear of anything itself, and others are followed.
final class ReplicaWatches {
  private final WatchHub hub;
  private final FeedServer feeds;
  private final GroupSites sites;
  private final Completeness completeness;
  private final Map<GroupId, Watched> open = new TreeMap<>();

  ReplicaWatches(WatchHub hub, FeedServer feeds, GroupSites sites, Completeness completeness) {
    this.hub = hub;
    this.feeds = feeds;
    this.sites = sites;
    this.completeness = completeness;
  }

  /// A replica was opened here.
  void open(GroupId group, ShardGroupMachine machine) {
    var watched = new Watched(group, machine);
    open.put(group, watched);
    machine.observe(watched);
    machine.onOwnChange(watched::onOwnChange);
    machine.onReplacement(watched::look);
    watched.look();
  }

  /// Which groups are this node's may have changed.
  void look() {
    open.values().forEach(Watched::look);
  }

  /// The replica is about to be closed.
  void close(GroupId group) {
    Watched closed = open.remove(group);
    if (closed != null) {
      closed.end();
    }
  }

  /// A replica that is open.
  private final class Watched implements OrderListener {
    private final GroupId group;
    private final ShardGroupMachine machine;
    // while it is heard of
    private @Nullable GroupFeed feed;

    Watched(GroupId group, ShardGroupMachine machine) {
      this.group = group;
      this.machine = machine;
    }

    private void look() {
      boolean heard = open.get(group) == this && hasState() && isOurs();
      if (heard && feed == null) {
        begin();
      } else if (!heard) {
        end();
      }
    }

    private boolean hasState() {
      return !machine.group().equals(GroupId.ROOT);
    }

    /// One whose group is retired is as good as it was.
    private boolean isOurs() {
      return !sites.exists(group) || sites.isWanted(group);
    }

    private void begin() {
      var history = new ShardHistory(group, machine, completeness);
      GroupFeed begun = feeds.open(history, hub.join(group, history));
      feed = begun;
      machine.listen(begun);
    }

    void end() {
      if (feed != null) {
        feed = null;
        machine.listen(MutationListener.NONE);
        feeds.close(group);
        hub.leave(group);
      }
    }

    @Override
    public void onProcessed(JournalItem item) {
      if (feed != null) {
        feed.onProcessed();
      }
    }

    private void onOwnChange() {
      if (feed != null) {
        feed.onOwnChange();
        hub.onOwnChange(group, machine.revision());
      }
    }
  }
}
