package io.flotilla.placement.plan;

import static io.flotilla.placement.plan.PlannerSettings.require;

/// When leaders move.
///
/// A group weighs 1, and once more as much as its part of all writes is above the average: so a
/// cluster at rest is balanced by number, one at work by number and load.
///
/// @param minWritesPerSecond in the cluster; below that load does not count
/// @param margin by how much the difference between the two nodes has to become smaller; above 0.
///     At 1 leaders that differ by one stay
/// @param settleMillis how long a node has to be there before it is given leaders
public record LeaderRules(double minWritesPerSecond, double margin, long settleMillis) {
  public static final LeaderRules STANDARD = new LeaderRules(200, 1, 30_000);

  public LeaderRules {
    require(minWritesPerSecond > 0, "a rate is positive");
    require(margin > 0, "a move improves something");
    require(settleMillis >= 0, "times are not negative");
  }
}
