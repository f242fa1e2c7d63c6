package io.flotilla.placement.plan;

import java.util.ArrayList;
import java.util.List;

/// Decides what would be better about the shards and their leaders. Pure: told what is
/// ([#observe]), asked what to do ([#plan]), told what was begun ([#began]).
///
/// In this order: leaders leave nodes that are about to go, replicas leave nodes that are emptied
/// or gone and are evened out, leaders are balanced, shards above their bounds are split, cold
/// neighbours are merged.
///
/// It does not go to and fro: whatever it wants has to be wanted for a while, groups rest after
/// each step, a move of a leader has to improve the balance by a margin that the way back cannot
/// have, and what is merged is far smaller than what is split.
public final class Planner {
  private final PlannerSettings settings;
  private final PlanMemory memory = new PlanMemory();
  private final LeaderPlan leaders;
  private final SplitPlan splits;
  private final MergePlan merges;
  private final ReplicaPlan replicas;

  public Planner(PlannerSettings settings) {
    this.settings = settings;
    this.leaders = new LeaderPlan(settings.leaders(), memory);
    this.splits = new SplitPlan(settings, memory);
    this.merges = new MergePlan(settings, memory);
    this.replicas = new ReplicaPlan(settings.replicas(), memory);
  }

  /// Takes note of how things are. Views come in the order of their times.
  public void observe(ClusterView view) {
    memory.look(view, settings.pace());
    splits.observe(view);
    merges.observe(view);
    replicas.observe(view);
  }

  /// The steps that are wanted as of the view that was observed last, in the order in which they
  /// are to begin, with what holds each back. Changes nothing.
  ///
  /// @param mode what may begin
  public List<Proposal> plan(ClusterView view, SplitPoints points, PlannerMode mode) {
    List<Proposal> wanted = new ArrayList<>();
    List<Proposal> drain = leaders.drain(view);
    for (Proposal proposal : drain) {
      wanted.add(mode.allows(proposal.step()) ? proposal : proposal.held(refusal(mode)));
    }
    List<Proposal> others = new ArrayList<>(replicas.plan(view));
    others.addAll(leaders.balance(view));
    others.addAll(splits.plan(view, points));
    others.addAll(merges.plan(view));
    boolean draining = drain.stream().anyMatch(Proposal::mayBegin);
    wanted.addAll(new Throttle(settings.pace(), memory, mode, draining).apply(others, view));
    return wanted;
  }

  static String refusal(PlannerMode mode) {
    return "the planner is set to " + mode.word();
  }

  /// A step was asked for, whatever comes of it.
  public void began(Step step, ClusterView view) {
    if (step instanceof Step.Transfer transfer && view.isDraining(transfer.from())) {
      memory.beganDrain(transfer.group(), view.nowMillis());
    } else {
      memory.began(step, settings.pace(), view.nowMillis());
    }
  }
}
