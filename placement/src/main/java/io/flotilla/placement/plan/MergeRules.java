package io.flotilla.placement.plan;

import static io.flotilla.placement.plan.PlannerSettings.require;

/// When two neighbours become one shard.
///
/// @param maxBytes of both together
/// @param maxWritesPerSecond in both together
/// @param maxReadsPerSecond in both together, at one replica
/// @param coldMillis how long they have to be below all of it without a break
/// @param borderMillis how long a border has to be known: no split is taken back sooner
public record MergeRules(
    long maxBytes,
    double maxWritesPerSecond,
    double maxReadsPerSecond,
    long coldMillis,
    long borderMillis) {
  public static final MergeRules STANDARD =
      new MergeRules(128L << 20, 50, 500, 30 * 60_000, 6 * 60 * 60_000);

  /// By how much two shards have to be smaller than what would be split again.
  static final int GAP = 4;

  public MergeRules {
    require(maxBytes >= 0 && maxWritesPerSecond >= 0, "bounds are not negative");
    require(maxReadsPerSecond >= 0, "bounds are not negative");
    require(coldMillis >= 0 && borderMillis >= 0, "times are not negative");
  }

  /// What a merge makes is never near to what a split is for, or the two would chase each other.
  void requireApartFrom(SplitRules split) {
    require(
        maxBytes <= split.maxBytes() / GAP
            && maxWritesPerSecond <= split.maxWritesPerSecond() / GAP,
        "what is merged is a quarter of what is split, or less");
  }
}
