package io.flotilla.placement.plan;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import java.util.Set;

/// How a group is, in figures.
///
/// @param leader [NodeId#NONE] while unknown
/// @param bytes of its store on the node that plans
/// @param keys that live in its shards
/// @param writesPerSecond mutations, on average over the last while
/// @param readsPerSecond at its replica on the node that plans; 0 if nobody counts them
/// @param cpuShare of a processor that its replica on the node that plans is busy; 0 if nobody
///     measures it
/// @param here whether the node that plans has a replica; if not, bytes, keys, reads and the
///     processor's share are not known
/// @param nodes that the group is on; none for every member
public record GroupLoad(
    GroupId group,
    NodeId leader,
    long bytes,
    long keys,
    double writesPerSecond,
    double readsPerSecond,
    double cpuShare,
    boolean here,
    Set<NodeId> nodes) {
  public GroupLoad {
    nodes = Set.copyOf(nodes);
    check(bytes >= 0 && keys >= 0, "figures are not negative");
    check(writesPerSecond >= 0 && readsPerSecond >= 0 && cpuShare >= 0, "rates are not negative");
  }

  /// Of a group that is on every member.
  public GroupLoad(
      GroupId group,
      NodeId leader,
      long bytes,
      long keys,
      double writesPerSecond,
      double readsPerSecond,
      double cpuShare) {
    this(group, leader, bytes, keys, writesPerSecond, readsPerSecond, cpuShare, true, Set.of());
  }

  boolean isOn(NodeId node) {
    return nodes.isEmpty() || nodes.contains(node);
  }
}
