package io.flotilla.simulation.world;

import io.flotilla.node.replica.ReplicaConfig;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.transport.PeerLimits;

/// The sizes and times that all nodes of a world are run with.
public record NodePlan(HostConfig host, ReplicaConfig replica, PeerLimits peers) {}
