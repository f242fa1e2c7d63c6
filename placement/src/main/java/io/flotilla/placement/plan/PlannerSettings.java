package io.flotilla.placement.plan;

import io.flotilla.base.Key;
import java.util.List;

/// What the planner is to do, and within which bounds.
///
/// Leaders are balanced unless that is switched off: it moves no data, is over in an instant, and a
/// cluster whose nodes were restarted in turn has all leaders on one of them otherwise. Splits and
/// merges are off unless they are switched on: they copy data, and how many groups there are is
/// something that people size a cluster by.
///
/// @param kept borders that people chose; they are not merged away
/// @param replicas of groups that are on some nodes only
public record PlannerSettings(
    PlannerMode mode,
    SplitRules split,
    MergeRules merge,
    LeaderRules leaders,
    Pace pace,
    PrefixRules prefixes,
    List<Key> kept,
    ReplicaRules replicas) {
  public static final PlannerSettings STANDARD =
      new PlannerSettings(
          PlannerMode.LEADERS,
          SplitRules.STANDARD,
          MergeRules.STANDARD,
          LeaderRules.STANDARD,
          Pace.STANDARD,
          PrefixRules.NONE,
          List.of());

  /// @throws IllegalArgumentException when a merge could call for a split
  public PlannerSettings {
    kept = List.copyOf(kept);
    merge.requireApartFrom(split);
  }

  /// With the standard rules about replicas.
  public PlannerSettings(
      PlannerMode mode,
      SplitRules split,
      MergeRules merge,
      LeaderRules leaders,
      Pace pace,
      PrefixRules prefixes,
      List<Key> kept) {
    this(mode, split, merge, leaders, pace, prefixes, kept, ReplicaRules.STANDARD);
  }

  public PlannerSettings with(PlannerMode newMode) {
    return new PlannerSettings(newMode, split, merge, leaders, pace, prefixes, kept, replicas);
  }

  public PlannerSettings with(PrefixRules newPrefixes) {
    return new PlannerSettings(mode, split, merge, leaders, pace, newPrefixes, kept, replicas);
  }

  public PlannerSettings keeping(List<Key> borders) {
    return new PlannerSettings(mode, split, merge, leaders, pace, prefixes, borders, replicas);
  }

  public PlannerSettings with(ReplicaRules newReplicas) {
    return new PlannerSettings(mode, split, merge, leaders, pace, prefixes, kept, newReplicas);
  }

  static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("not settings of a planner: " + rule);
    }
  }
}
