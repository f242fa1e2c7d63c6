package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The algebra of memberships: what a group is after a change, without anything happening yet.
///
/// A change of one voter takes effect in one step: old and new majorities overlap (thesis §4.1).
/// More voters change through joint consensus (Raft §6): first [#plan] gives a membership in which
/// both sets decide, then [#leave] the final one.
public final class MemberChange {
  /// One wish about one node.
  public sealed interface Step {
    NodeId node();

    /// Make it a voter; a learner is promoted.
    record AddVoter(NodeId node) implements Step {}

    /// Make it a learner; a voter is demoted.
    record AddLearner(NodeId node) implements Step {}

    /// It takes no part any more; a node that took none stays so.
    record Remove(NodeId node) implements Step {}
  }

  private MemberChange() {}

  /// The membership that `steps` lead to from `current`: joint if more than one voter changes.
  ///
  /// @throws IllegalArgumentException if `current` is joint, a node is named twice or is
  ///     [NodeId#NONE], or no voter would be left
  public static Membership plan(Membership current, List<Step> steps) {
    require(!current.isJoint(), "one change at a time");
    var named = new TreeSet<NodeId>();
    var voters = new TreeSet<>(current.voters());
    var learners = new TreeSet<>(current.learners());
    for (Step step : steps) {
      require(!step.node().equals(NodeId.NONE), "members have ids");
      require(named.add(step.node()), "a change names a node once");
      voters.remove(step.node());
      learners.remove(step.node());
      switch (step) {
        case Step.AddVoter add -> voters.add(add.node());
        case Step.AddLearner add -> learners.add(add.node());
        case Step.Remove _ -> {}
      }
    }
    require(!voters.isEmpty(), "a change leaves at least one voter");
    return changedVoters(current.voters(), voters) <= 1
        ? new Membership(voters, Set.of(), learners, Set.of())
        : join(current, voters, learners);
  }

  private static Membership join(Membership current, Set<NodeId> voters, Set<NodeId> learners) {
    var learnersNow = new TreeSet<>(learners);
    learnersNow.removeAll(current.voters());
    var learnersLater = new TreeSet<>(learners);
    learnersLater.retainAll(current.voters());
    return new Membership(voters, current.voters(), learnersNow, learnersLater);
  }

  /// The final membership after a joint one.
  public static Membership leave(Membership joint) {
    require(joint.isJoint(), "only a joint membership is left");
    var learners = new TreeSet<>(joint.learners());
    learners.addAll(joint.nextLearners());
    return new Membership(joint.voters(), Set.of(), learners, Set.of());
  }

  private static int changedVoters(Set<NodeId> before, Set<NodeId> after) {
    int changed = 0;
    for (NodeId id : before) {
      changed += after.contains(id) ? 0 : 1;
    }
    for (NodeId id : after) {
      changed += before.contains(id) ? 0 : 1;
    }
    return changed;
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
