package io.flotilla.placement.plan;

import java.util.ArrayList;
import java.util.List;

/// Says of each step that is wanted whether it may begin now: one at a time.
final class Throttle {
  private static final long SECOND = 1_000;

  private final Pace pace;
  private final PlanMemory memory;
  private final PlannerMode mode;
  private boolean taken;

  /// @param taken whether something else begins now
  Throttle(Pace pace, PlanMemory memory, PlannerMode mode, boolean taken) {
    this.pace = pace;
    this.memory = memory;
    this.mode = mode;
    this.taken = taken;
  }

  List<Proposal> apply(List<Proposal> wanted, ClusterView view) {
    List<Proposal> judged = new ArrayList<>(wanted.size());
    for (Proposal proposal : wanted) {
      Proposal next =
          proposal.heldBy().isEmpty() ? proposal.held(holdUp(proposal, view)) : proposal;
      taken |= next.mayBegin();
      judged.add(next);
    }
    return judged;
  }

  private String holdUp(Proposal proposal, ClusterView view) {
    Step step = proposal.step();
    long now = view.nowMillis();
    if (step.change() == null) {
      return "there is nothing to be done by itself";
    }
    if (!mode.allows(step)) {
      return Planner.refusal(mode);
    }
    long rest = memory.restMillis(step.groups(), now);
    if (rest > 0) {
      return "the group rests for " + seconds(rest);
    }
    if (!(step instanceof Step.Place) && step.groups().stream().anyMatch(view::isMoving)) {
      return "the group takes part in a handover";
    }
    boolean handsOver = step instanceof Step.Split || step instanceof Step.Merge;
    String full = handsOver ? tooMany(view) : "";
    if (!full.isEmpty()) {
      return full;
    }
    if (memory.quietMillis(now) > 0) {
      return "there is a step every " + seconds(pace.intervalMillis());
    }
    return taken ? "another step comes first" : "";
  }

  private String tooMany(ClusterView view) {
    int underWay = view.underWay().size();
    if (underWay >= pace.handovers()) {
      return underWay + " under way, and no more than " + pace.handovers() + " at once";
    }
    if (memory.changesLastHour() >= pace.changesPerHour()) {
      return "no more than " + pace.changesPerHour() + " changes in an hour";
    }
    return "";
  }

  private static String seconds(long millis) {
    return (millis + SECOND - 1) / SECOND + " s";
  }
}
