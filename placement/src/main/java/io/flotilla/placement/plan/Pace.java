package io.flotilla.placement.plan;

import static io.flotilla.placement.plan.PlannerSettings.require;

/// How fast the planner may be.
///
/// @param handovers at once, those that people asked for included
/// @param changesPerHour splits and merges
/// @param intervalMillis from one step to the next, but for leaders of a node that is about to go
/// @param transferRestMillis that a group is left alone after its leader moved
/// @param changeRestMillis that groups are left alone after a split or a merge
public record Pace(
    int handovers,
    int changesPerHour,
    long intervalMillis,
    long transferRestMillis,
    long changeRestMillis) {
  public static final Pace STANDARD = new Pace(1, 20, 5_000, 120_000, 600_000);

  /// After which a leader that was to leave its node is moved again.
  static final long DRAIN_RETRY_MILLIS = 5_000;

  public Pace {
    require(handovers >= 1 && changesPerHour >= 1, "a planner may do something");
    require(intervalMillis >= 1, "an interval takes time");
    require(transferRestMillis >= 0 && changeRestMillis >= 0, "times are not negative");
  }
}
