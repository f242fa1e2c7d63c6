package io.flotilla.node.replica;

import io.flotilla.raft.transport.PeerHub;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;

/// The ways to other nodes.
///
/// @param hub the host's peers
/// @param links those of the hub; they follow the members
/// @param streams between replicas, over the same ports
/// @param limits of the streams
public record Connections(
    PeerHub hub, PeerLinks links, ReplicaStreams streams, ReplicaLimits limits) {}
