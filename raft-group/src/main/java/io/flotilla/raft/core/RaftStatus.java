package io.flotilla.raft.core;

import io.flotilla.base.NodeId;

/// What a replica is at one moment, for operators and routing.
///
/// @param leader [NodeId#NONE] while unknown
/// @param logBytes weight of the entries in memory
/// @param quiet whether it waits without heartbeats
public record RaftStatus(
    Role role,
    long term,
    NodeId leader,
    EntryId last,
    long committed,
    long applied,
    long persisted,
    long logBytes,
    Membership membership,
    boolean quiet) {}
