package io.flotilla.placement.service;

import io.flotilla.base.Invariants;
import io.flotilla.raft.shard.ShardConfig;

/// Sizes and times of the root group's state machine.
///
/// @param keys of the part that holds the keys
/// @param electionTimeoutMillis what a new leader gives each lease on top of its rest
/// @param checkpointDirtyBytes changed bytes that make a checkpoint due
/// @param housekeepingNanos how long one tick may work on compaction and indexes
public record RootConfig(
    ShardConfig keys,
    long electionTimeoutMillis,
    long checkpointDirtyBytes,
    long housekeepingNanos) {
  public RootConfig {
    Invariants.checkAtMost(1, electionTimeoutMillis, "an election takes time");
    Invariants.checkAtMost(1, checkpointDirtyBytes, "a checkpoint writes something");
    Invariants.checkAtMost(1, housekeepingNanos, "housekeeping takes time");
  }
}
