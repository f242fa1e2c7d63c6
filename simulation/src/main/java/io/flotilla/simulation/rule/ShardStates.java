package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.SimNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Replicas of a shard group have the same state where they have applied the same entries and
/// processed the same items (docs/design/0009).
final class ShardStates {
  private record Place(GroupId group, long applied, long processed) {}

  private final Findings findings;
  private final Map<Place, Long> hashes = new HashMap<>();

  ShardStates(Findings findings) {
    this.findings = findings;
  }

  /// Compares the states of one node with those of others at the same place.
  void look(SimNode node) {
    node.shards().forEach((group, shard) -> compare(node, group, shard.machine()));
  }

  private void compare(SimNode node, GroupId group, ShardGroupMachine machine) {
    var place = new Place(group, machine.applied().index(), machine.processed());
    if (place.applied() == 0) {
      return;
    }
    long hash = StateHash.of(machine);
    Long known = hashes.putIfAbsent(place, hash);
    findings.require(
        known == null || known == hash,
        "replicas at the same entry and item have the same state",
        node.machine() + " at " + place);
  }

  /// Compares all that the replicas at rest hold.
  void lookAtAll(List<SimNode> nodes) {
    for (GroupRecord record : nodes.getFirst().replica().machine().groups()) {
      var group = new GroupId(record.getGroup());
      List<SimNode> hosts =
          nodes.stream().filter(node -> Placements.hosts(record, node.id())).toList();
      hosts.stream()
          .filter(node -> node.shard(group) == null)
          .forEach(
              node ->
                  findings.report(
                      "every host has its groups", node.machine() + " lacks group " + group));
      lookAtAll(group, hosts.stream().filter(node -> node.shard(group) != null).toList());
    }
  }

  private void lookAtAll(GroupId group, List<SimNode> nodes) {
    if (nodes.isEmpty()) {
      return;
    }
    ShardGroupMachine first = nodes.getFirst().shard(group);
    StateHash.finishCompaction(first);
    for (SimNode node : nodes.subList(1, nodes.size())) {
      ShardGroupMachine other = node.shard(group);
      StateHash.finishCompaction(other);
      String difference = StateDifference.of(first::openBackup, other::openBackup);
      findings.require(
          difference.isEmpty(),
          "replicas at rest hold the same",
          "group "
              + group
              + " on "
              + nodes.getFirst().machine()
              + " and "
              + node.machine()
              + difference);
    }
  }
}
