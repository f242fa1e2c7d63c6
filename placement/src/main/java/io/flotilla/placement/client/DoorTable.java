package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.peer.ReplicaAnswer;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The doors of one node to the shard groups that exist, and to those that have a replica here:
/// opened and stopped on the loop, used from any thread.
public final class DoorTable implements ShardDoors {
  /// What the doors work with.
  ///
  /// @param group the root group
  /// @param root to the root group, wherever it is led; stopped by whoever made it
  /// @param map of the root group's replica here; asked on the loop
  /// @param completeness of the replicas here
  public record Root(
      Group group, AnywhereDoor root, Supplier<ShardMap> map, Completeness completeness) {}

  private final Root to;
  private final GroupSites sites;
  private final Served served;
  private final Elsewhere elsewhere;
  private final Shown shown;
  private final CrossDoor cross;
  private final Barriers barriers;
  private final RootDoor root;
  private final ShardWrites.Ways ways;
  private final SwitchedDoor.Shared shared;
  private volatile Map<GroupId, SwitchedDoor> shards = Map.of();
  private boolean stopped;

  /// @param remote for groups without a replica here
  /// @param ports of all doors here
  /// @param limits of each door here
  public DoorTable(
      Root to, RemoteGroups remote, AnywhereDoor.Ports ports, AnywhereDoor.Limits limits) {
    this.to = to;
    this.sites = remote.sites();
    this.served = new Served(sites, to.completeness());
    this.elsewhere =
        new Elsewhere(
            new Elsewhere.Ports(
                sites,
                remote.streams(),
                remote.limits().answerBytes(),
                ports.clock(),
                ports.loop()));
    this.shown = new Shown(served, ports.clock(), ports.loop());
    this.cross = new CrossDoor(to.group(), this::concerned, shown, ports, limits);
    this.barriers = new Barriers(to.root(), ports, limits);
    this.root = new RootDoor(to.root(), cross);
    this.ways = new ShardWrites.Ways(to.root(), cross::run, barriers, shown);
    this.shared =
        new SwitchedDoor.Shared(
            remote, served, elsewhere, to.completeness(), ports, limits, to.group()::isRemoved);
    served.listen(new TurnEnd(ports.loop(), this::look)::touch);
    remote
        .streams()
        .serve(ReplicaStreams.Kind.READ, new ReplicaServer(this::replica, remote.limits()));
    look();
  }

  /// Has to hear of the root group's replica here, after its [Completeness].
  public JournalListener listener() {
    return served;
  }

  private @Nullable ReplicaReads replica(GroupId group) {
    SwitchedDoor door = shards.get(group);
    return door == null || stopped ? null : door.replica();
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

  // ---- groups and replicas come and go

  /// There is a door to every group that exists.
  private void look() {
    if (stopped) {
      return;
    }
    for (GroupId group : sites.groups()) {
      if (!shards.containsKey(group)) {
        door(group);
      }
    }
    for (SwitchedDoor door : shards.values()) {
      if (door.isOpen() || sites.exists(door.group())) {
        door.look();
      } else {
        retire(door.group());
      }
    }
  }

  private SwitchedDoor door(GroupId group) {
    SwitchedDoor known = shards.get(group);
    if (known != null) {
      return known;
    }
    var made = new SwitchedDoor(group, ways, shared);
    var changed = new TreeMap<>(shards);
    changed.put(group, made);
    shards = changed;
    return made;
  }

  /// Opens the door to a group whose replica was opened here. On the loop.
  public ShardDoor open(Group group, ShardGroupMachine machine) {
    SwitchedDoor door = door(group.id());
    door.open(group, machine);
    served.add(group.id());
    return door;
  }

  /// The replica here is about to be closed. If the group is retired, what waits at its door and
  /// had no effect ends as of another shard; otherwise it goes on by other nodes. On the loop.
  public void close(GroupId group) {
    SwitchedDoor door = shards.get(group);
    if (door != null) {
      served.remove(group);
      if (sites.exists(group)) {
        door.close();
      } else {
        retire(group);
      }
    }
  }

  private void retire(GroupId group) {
    var changed = new TreeMap<>(shards);
    SwitchedDoor door = changed.remove(group);
    shards = changed;
    if (door != null) {
      door.stop(new Rejection.WrongShard(to.map().get().epoch()));
      shown.forget(group);
    }
  }

  // ---- the ways

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
  public long completeTo(GroupId group) {
    return served.completeTo(group);
  }

  /// Whether this node answers for a group by its own replica. Any thread.
  public boolean isServedHere(GroupId group) {
    return served.isHere(group);
  }

  @Override
  public Future<ReplicaAnswer.Handovers> handovers(GroupId group, long deadlineNanos) {
    return new RemoteReads(group, elsewhere).handovers(deadlineNanos);
  }

  /// Ends all that waits; nothing is asked from now on. On the loop.
  public void stop() {
    stopped = true;
    cross.stop();
    barriers.stop();
    shards.values().forEach(door -> door.stop(new Rejection.Stopped()));
    elsewhere.stop();
    shown.stop();
  }
}
