package io.flotilla.simulation.run;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.SimNode;
import java.util.List;
import java.util.function.BiPredicate;

/// Whether the groups beside the root group work, and whether they have come to rest.
final class Groups {
  private final Cluster cluster;

  Groups(Cluster cluster) {
    this.cluster = cluster;
  }

  /// Each is led, and all its replicas follow.
  ///
  /// @param members the running nodes
  boolean work(List<SimNode> members, long entriesBehind) {
    return all(members, (node, group) -> follows(node, group, entriesBehind));
  }

  private boolean all(List<SimNode> members, BiPredicate<SimNode, GroupId> holds) {
    List<GroupRecord> records = members.getFirst().replica().machine().groups();
    return members.stream().allMatch(node -> all(node, records, holds));
  }

  /// Of the groups that the node has a replica of.
  private static boolean all(
      SimNode node, List<GroupRecord> records, BiPredicate<SimNode, GroupId> holds) {
    return records.stream()
        .filter(record -> Placements.hosts(record, node.id()))
        .allMatch(record -> holds.test(node, new GroupId(record.getGroup())));
  }

  private boolean follows(SimNode node, GroupId id, long entriesBehind) {
    SimNode leader = cluster.leader(id);
    Group led = leader == null ? null : leader.group(id);
    Group own = node.group(id);
    if (led == null || own == null || !led.status().ready()) {
      return false;
    }
    GroupStatus status = own.status();
    return status.leader().equals(leader.id())
        && status.appliedIndex() + entriesBehind >= led.status().commitIndex();
  }

  /// No replica holds a lock.
  boolean areUnlocked(List<SimNode> members) {
    return all(
        members,
        (node, group) -> {
          ShardGroupMachine machine = node.shard(group);
          return machine != null && machine.prepared().isEmpty();
        });
  }

  /// No keys and no replicas are about to move, and no group is left that has none.
  boolean stay(List<SimNode> members) {
    RootMachine root = members.getFirst().replica().machine();
    return root.handovers().isEmpty()
        && root.groups().stream()
            .noneMatch(record -> Placements.isMoving(record) || record.getLeavingCount() > 0)
        && members.stream().allMatch(node -> runsThoseOf(node, root))
        && root.groups().stream()
            .map(record -> new GroupId(record.getGroup()))
            .allMatch(group -> servesKeys(root, group));
  }

  private static boolean runsThoseOf(SimNode node, RootMachine root) {
    long here =
        root.groups().stream().filter(record -> Placements.hosts(record, node.id())).count();
    return node.shards().size() == here && node.replica().machine().groups().equals(root.groups());
  }

  private static boolean servesKeys(RootMachine root, GroupId group) {
    return root.shardMap().shards().stream().anyMatch(shard -> shard.group().equals(group));
  }

  /// Nothing is pinned or half received, and what was handed over is erased where it was.
  boolean areClean(List<SimNode> members) {
    return members.stream().allMatch(node -> node.replica().machine().sentAndReceived().isIdle())
        && all(
            members,
            (node, group) -> {
              ShardGroupMachine machine = node.shard(group);
              return machine != null && machine.handovers().isIdle();
            });
  }

  /// Everything is ordered, processed everywhere and in the groups' own logs.
  boolean rest(List<SimNode> members) {
    return all(members, this::rests);
  }

  private boolean rests(SimNode node, GroupId id) {
    ShardGroupMachine machine = node.shard(id);
    RootMachine root = node.replica().machine();
    GroupOrder order = root.order(id);
    return machine != null
        && order != null
        && follows(node, id, 0)
        && machine.executed() == order.getOrdered()
        && machine.ordered() == order.getOrdered()
        && machine.processed() == order.getLastItem()
        && machine.logged() == order.getLastItem()
        && order.getLogged() == order.getLastItem()
        && machine.compactRevision() == root.compactRevision();
  }

  /// For people.
  String describe(SimNode node) {
    var text = new StringBuilder();
    RootMachine root = node.replica().machine();
    text.append("\n      map ").append(root.shardMap()).append(" handovers ");
    text.append(root.handovers()).append(root.sentAndReceived());
    node.shards()
        .forEach(
            (id, shard) -> {
              ShardGroupMachine machine = shard.machine();
              Group group = node.group(id);
              text.append("\n      group ").append(id);
              text.append(' ').append(group == null ? "none" : group.status());
              text.append(" executed=").append(machine.executed());
              text.append(" ordered=").append(machine.ordered());
              text.append(" processed=").append(machine.processed());
              text.append(" logged=").append(machine.logged());
              text.append(" prepared=").append(machine.prepared());
              text.append(" own=").append(machine.own()).append(' ').append(machine.handovers());
              text.append(" root: ").append(node.replica().machine().order(id));
            });
    return text.toString();
  }
}
