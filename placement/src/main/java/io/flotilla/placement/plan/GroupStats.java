package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import java.util.SortedSet;

/// What a node knows of the groups by itself: of its own replicas, and of the order that the root
/// group keeps. No other node is asked.
///
/// Counters only grow while a node leads the root group; rates are made of them elsewhere.
public interface GroupStats {
  /// Those with an open replica here, the root group included.
  SortedSet<GroupId> groups();

  /// [NodeId#NONE] while unknown.
  NodeId leader(GroupId group);

  /// Bytes of the store of the replica here.
  long bytes(GroupId group);

  /// Mutations that were ordered.
  long writes(GroupId group);

  /// Reads at the replica here; 0 if they are not counted.
  long reads(GroupId group);

  /// Processor time of the replica here, in nanoseconds; 0 if it is not measured.
  long busyNanos(GroupId group);
}
