package io.flotilla.placement.plan;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the planner goes by: one moment of the cluster.
///
/// @param nowMillis on a clock that never goes back
/// @param shards in the order of keys, without gap
/// @param groups all that there are, the root group included; every shard's is among them
/// @param nodes those with a vote
/// @param underWay all handovers that are neither done nor abandoned
/// @param replicas who has some
public record ClusterView(
    long nowMillis,
    List<ShardLoad> shards,
    SortedMap<GroupId, GroupLoad> groups,
    List<NodeView> nodes,
    List<HandoverView> underWay,
    ReplicaView replicas) {
  public ClusterView {
    shards = List.copyOf(shards);
    groups = Collections.unmodifiableSortedMap(new TreeMap<>(groups));
    nodes = List.copyOf(nodes);
    underWay = List.copyOf(underWay);
    checkAtMost(1, shards.size(), "there is a shard");
    check(groups.containsKey(GroupId.ROOT), "there is a root group");
    for (ShardLoad shard : shards) {
      check(groups.containsKey(shard.group()), "every shard has a group");
    }
  }

  /// Every group is on every member.
  public ClusterView(
      long nowMillis,
      List<ShardLoad> shards,
      SortedMap<GroupId, GroupLoad> groups,
      List<NodeView> nodes,
      List<HandoverView> underWay) {
    this(nowMillis, shards, groups, nodes, underWay, ReplicaView.NONE);
  }

  GroupLoad load(GroupId group) {
    GroupLoad load = groups.get(group);
    check(load != null, "a group that is asked for is there");
    return load;
  }

  /// Whether a node is known and not a member that is dead or goes.
  boolean mayLead(NodeId node) {
    return nodes.stream().anyMatch(view -> view.node().equals(node) && view.mayLead());
  }

  boolean isDraining(NodeId node) {
    return nodes.stream().anyMatch(view -> view.node().equals(node) && view.draining());
  }

  boolean isMoving(GroupId group) {
    return underWay.stream().anyMatch(handover -> handover.concerns(group));
  }

  double writesPerSecond() {
    return groups.values().stream().mapToDouble(GroupLoad::writesPerSecond).sum();
  }
}
