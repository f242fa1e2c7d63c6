package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.Completeness;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.ordered.TxnWorks;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/// The doors of one node to the groups that have a replica here: opened and stopped on the loop,
/// used from any thread.
public final class DoorTable implements ShardDoors {
  /// What the doors work with.
  ///
  /// @param group the root group
  /// @param root to the root group, wherever it is led; stopped by whoever made it
  /// @param map of the root group's replica here; asked on the loop
  public record Root(
      Group group, AnywhereDoor root, Supplier<ShardMap> map, Completeness completeness) {}

  private final Root to;
  private final AnywhereDoor.Ports ports;
  private final AnywhereDoor.Limits limits;
  private final Shown shown;
  private final CrossDoor cross;
  private final Barriers barriers;
  private final RootDoor root;
  private volatile Map<GroupId, ShardDoor> shards = Map.of();

  /// @param ports of all doors here
  /// @param limits of each door here
  public DoorTable(Root to, AnywhereDoor.Ports ports, AnywhereDoor.Limits limits) {
    this.to = to;
    this.ports = ports;
    this.limits = limits;
    this.shown = new Shown(to.completeness(), ports.clock(), ports.loop());
    this.cross = new CrossDoor(to.group(), this::concerned, shown, ports, limits);
    this.barriers = new Barriers(to.root(), ports, limits);
    this.root = new RootDoor(to.root(), cross);
  }

  /// The groups that may show the effect of a command. Which of them know a lease is not looked up:
  /// the list is shorter when the answer comes.
  private Collection<GroupId> concerned(Command command) {
    if (command.hasLeaseRevoke()) {
      return shards.keySet();
    }
    Set<GroupId> groups = new TreeSet<>();
    for (KeyRange span : TxnWorks.spans(command)) {
      to.map().get().locate(span).forEach(shard -> groups.add(shard.group()));
    }
    return groups;
  }

  /// Who runs commands over several groups while the root group is led here. On the loop.
  public void coordinateWith(Coordinator coordinator) {
    cross.coordinateWith(coordinator);
  }

  /// Opens the door to a group whose replica was opened here. On the loop.
  public ShardDoor open(Group group, ShardGroupMachine machine) {
    var ways = new ShardWrites.Ways(to.root(), cross::run, barriers, to.completeness(), shown);
    var door = new ShardDoor(group, machine, ways, ports, limits);
    var changed = new TreeMap<>(shards);
    changed.put(group.id(), door);
    shards = changed;
    return door;
  }

  /// Stops the door to a group that is retired, before its replica is closed here. What waits at it
  /// and had no effect ends as of another shard. On the loop.
  public void close(GroupId group) {
    var changed = new TreeMap<>(shards);
    ShardDoor door = changed.remove(group);
    shards = changed;
    if (door != null) {
      door.stop(new Rejection.WrongShard(to.map().get().epoch()));
      shown.forget(group);
    }
  }

  @Override
  public GroupDoor root() {
    return root;
  }

  @Override
  public ShardDoor shard(GroupId group) {
    ShardDoor door = shards.get(group);
    if (door == null) {
      throw new Rejection.NoLeader().asException();
    }
    return door;
  }

  @Override
  public CrossDoor cross() {
    return cross;
  }

  @Override
  public Barriers barriers() {
    return barriers;
  }

  @Override
  public Completeness completeness() {
    return to.completeness();
  }

  /// Ends all that waits; nothing is asked from now on. On the loop.
  public void stop() {
    cross.stop();
    barriers.stop();
    shards.values().forEach(door -> door.stop(new Rejection.Stopped()));
    shown.stop();
  }
}
