package io.flotilla.raft.ordered;

import io.flotilla.base.Invariants;
import io.flotilla.raft.shard.ShardConfig;

/// Sizes and times of a shard group's state machine.
///
/// @param keys of the part that holds the keys
/// @param checkpointDirtyBytes changed bytes that make a checkpoint due
/// @param housekeepingNanos how long one tick may work on compaction and indexes
/// @param bounds of what waits
public record ShardGroupConfig(
    ShardConfig keys, long checkpointDirtyBytes, long housekeepingNanos, Bounds bounds) {
  public ShardGroupConfig {
    Invariants.checkAtMost(1, checkpointDirtyBytes, "a checkpoint writes something");
    Invariants.checkAtMost(1, housekeepingNanos, "housekeeping takes time");
  }

  /// With the bounds that suit any group.
  public ShardGroupConfig(ShardConfig keys, long checkpointDirtyBytes, long housekeepingNanos) {
    this(keys, checkpointDirtyBytes, housekeepingNanos, Bounds.STANDARD);
  }

  /// What may wait or is kept, in memory.
  ///
  /// @param unordered executed commands that wait for their order; beyond it a leader lets no more
  ///     in
  /// @param unorderedBytes their size
  /// @param items journal items that cannot be processed yet; later ones come again with the log
  /// @param parts of committed transactions that are kept for the coordinator
  /// @param partBytes their size
  public record Bounds(int unordered, long unorderedBytes, int items, int parts, long partBytes) {
    public static final Bounds STANDARD = new Bounds(16_384, 64 << 20, 16_384, 1024, 32 << 20);

    public Bounds {
      Invariants.check(unordered >= 1 && unorderedBytes >= 1, "a command may wait");
      Invariants.check(items >= 1 && parts >= 1 && partBytes >= 1, "bounds are above 0");
    }
  }
}
