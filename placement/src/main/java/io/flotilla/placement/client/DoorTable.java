package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.Completeness;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.ordered.ShardGroupMachine;
import java.util.HashMap;
import java.util.Map;

/// The doors of one node to the groups that have a replica here: made on the loop, used from any
/// thread.
public final class DoorTable implements ShardDoors {
  private final AnywhereDoor.Ports ports;
  private final AnywhereDoor.Limits limits;
  private final RootDoor root;
  private final CrossDoor cross;
  private final Barriers barriers;
  private final Completeness completeness;
  private final Shown shown;
  private volatile Map<GroupId, ShardDoor> shards = Map.of();

  /// @param group the root group
  /// @param door to the root group, wherever it is led; stopped by whoever made it
  /// @param ports of all the doors here
  /// @param limits of each of the doors here
  public DoorTable(
      Group group,
      AnywhereDoor door,
      Root state,
      AnywhereDoor.Ports ports,
      AnywhereDoor.Limits limits) {
    this.ports = ports;
    this.limits = limits;
    this.completeness = state.completeness();
    this.shown = new Shown(completeness, ports.clock(), ports.loop());
    this.barriers = new Barriers(door, ports, limits);
    this.cross = new CrossDoor(group, new Footprints(state.map()), shown, ports, limits);
    this.root = new RootDoor(door, cross);
  }
}
