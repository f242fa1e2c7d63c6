package io.flotilla.placement.plan;

import static io.flotilla.placement.plan.PlannerSettings.require;

/// When a shard is split, and how evenly.
///
/// Reads call for no split: every node answers them from its own replica, whatever shards there
/// are.
///
/// @param maxBytes of a shard
/// @param minKeys of a shard that is split for its size; one with fewer is large by its history,
///     which compactions are for
/// @param maxWritesPerSecond in a shard
/// @param maxCpuShare of a processor that a shard's replica may be busy
/// @param holdMillis how long it has to be above one of the rates without a break
/// @param minShare of keys or of load on the smaller side, above 0 and at most 0.5: below that a
///     split does not help
/// @param minSample writes to go by when load is divided
/// @param maxGroups beside the root group; there are no splits at that number
public record SplitRules(
    long maxBytes,
    long minKeys,
    double maxWritesPerSecond,
    double maxCpuShare,
    long holdMillis,
    double minShare,
    int minSample,
    int maxGroups) {
  /// Far below what one group can do, far above what a small cluster needs.
  public static final SplitRules STANDARD =
      new SplitRules(2L << 30, 512, 5_000, 0.6, 60_000, 0.2, 64, 64);

  public SplitRules {
    require(maxBytes >= 1 && maxWritesPerSecond > 0 && maxCpuShare > 0, "bounds are positive");
    require(minKeys >= 2, "a shard with one key is not split");
    require(holdMillis >= 0, "a hold is not negative");
    require(minShare > 0 && minShare <= 0.5, "the smaller side has up to half");
    require(minSample >= 2 && maxGroups >= 0, "a sample has two sides");
  }
}
