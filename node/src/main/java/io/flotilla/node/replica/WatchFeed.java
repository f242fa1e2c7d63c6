package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.router.watch.WatchHub;
import java.util.List;

/// What the watch hub of a node hears of shard groups from the root group's replica: the map, and
/// whose each revision is. On the loop.
///
/// In a cluster without shard groups it says nothing.
final class WatchFeed implements JournalListener {
  private final RootMachine machine;
  private final WatchHub hub;
  private ShardMap told = ShardMap.initial();

  WatchFeed(RootMachine machine, WatchHub hub) {
    this.machine = machine;
    this.hub = hub;
  }

  /// From now on; tells the present map.
  void start() {
    machine.observe(this);
    onMapChanged(machine.shardMap());
  }

  /// Comes at its place between two revisions.
  @Override
  public void onMapChanged(ShardMap map) {
    if (!map.equals(told)) {
      told = map;
      hub.onMap(map);
    }
  }

  @Override
  public void onOrdered(long firstRevision, long lastRevision, List<GroupId> owners) {
    hub.onOrdered(firstRevision, lastRevision, owners);
  }

  @Override
  public void onAdvanced(long revision) {
    hub.onAdvanced(revision);
  }

  /// The hub hears of the new state as the listener of its keys; a joined node learns the map so.
  @Override
  public void onStartedOver() {
    onMapChanged(machine.shardMap());
  }
}
