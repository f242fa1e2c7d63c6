package io.flotilla.simulation.world;

import io.flotilla.base.Key;
import io.flotilla.node.replica.ReplicaConfig;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.transport.PeerLimits;
import java.util.List;

/// The sizes and times that all nodes of a world are run with.
///
/// @param borders where the shards of the cluster begin, ascending, but for the lowest one; none
///     for a cluster of one group
/// @param replicas on how many nodes a shard group is; 0 for all
public record NodePlan(
    HostConfig host, ReplicaConfig replica, PeerLimits peers, List<Key> borders, int replicas) {
  public NodePlan {
    borders = List.copyOf(borders);
  }
}
