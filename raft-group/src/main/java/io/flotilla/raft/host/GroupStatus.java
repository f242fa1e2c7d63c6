package io.flotilla.raft.host;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Membership;

/// What a replica was at the end of its last turn. For routing, status calls and metrics.
///
/// @param leader [NodeId#NONE] while unknown
/// @param ready whether it leads and has applied an entry of its own term, so that linearizable
///     reads and leader-only work begin
public record GroupStatus(
    long term,
    NodeId leader,
    boolean isLeader,
    boolean ready,
    long lastIndex,
    long commitIndex,
    long appliedIndex,
    long persistedIndex,
    Membership membership) {}
