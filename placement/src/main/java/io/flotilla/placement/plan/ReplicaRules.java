package io.flotilla.placement.plan;

import static io.flotilla.placement.plan.PlannerSettings.require;

/// When replicas of groups that are on some nodes only are elsewhere better.
///
/// @param replicas that such a group should have; 0 if that is nobody's wish
/// @param goneMillis that a node was not heard of when its replicas are replaced
/// @param spread difference of two nodes' numbers of replicas from which on they are evened out
/// @param moving groups at a time
public record ReplicaRules(int replicas, long goneMillis, int spread, int moving) {
  public static final ReplicaRules STANDARD = new ReplicaRules(0, 30 * 60_000, 2, 1);

  public ReplicaRules {
    require(replicas >= 0, "a number of replicas is not negative");
    require(goneMillis >= 1, "a node that is gone is missed for a while");
    require(spread >= 2, "a move makes two nodes more even");
    require(moving >= 1, "a group may move");
  }

  public ReplicaRules with(int newReplicas, long newGoneMillis) {
    return new ReplicaRules(newReplicas, newGoneMillis, spread, moving);
  }
}
