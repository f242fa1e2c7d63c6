package io.flotilla.node.replica;

import io.flotilla.raft.host.Callers;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.raft.transport.PeerLinks;

/// What a running replica reaches other nodes and its callers by.
///
/// @param links to the other nodes; the replica says which there are
/// @param hub over those links; the host's peers
/// @param callers says on which loop callers are
public record Neighbours(PeerLinks links, PeerHub hub, Callers callers) {}
