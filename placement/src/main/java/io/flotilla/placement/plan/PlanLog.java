package io.flotilla.placement.plan;

import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.PlanResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The newest steps that were begun, with what became of them. Bounded.
final class PlanLog {
  static final int KEPT = 64;

  /// One step.
  static final class Entry {
    private final PlanResponse.Step.Builder step;
    private long handover;

    private Entry(PlanResponse.Step.Builder step) {
      this.step = step;
    }

    void answered(ChangeShardsResponse answer) {
      if (!answer.getRefusal().isEmpty()) {
        step.setOutcome("refused: " + answer.getRefusal());
      } else if (answer.hasHandover()) {
        handover = answer.getHandover().getNumber();
        step.setOutcome("handover " + handover + " is under way");
      } else {
        step.setOutcome("done");
      }
    }

    void failed(Throwable failure) {
      step.setOutcome("not known: " + failure.getMessage());
    }

    private void follow(HandoverStatus status) {
      if (handover == 0 || status.getHandover().getNumber() != handover) {
        return;
      }
      if (status.getPhase() == HandoverStatus.Phase.DONE) {
        step.setOutcome(
            "done: handover "
                + handover
                + ", "
                + status.getRecords()
                + " records, the range stood still for "
                + status.getPausedMillis()
                + " ms");
        handover = 0;
      } else if (status.getPhase() == HandoverStatus.Phase.ABANDONED) {
        step.setOutcome("handover " + handover + " was abandoned: " + status.getNote());
        handover = 0;
      }
    }
  }

  private final Deque<Entry> entries = new ArrayDeque<>();

  Entry add(Proposal proposal, long wallMillis) {
    var step = form(proposal).setAtSeconds(wallMillis / 1_000).setOutcome("asked for");
    var entry = new Entry(step);
    entries.addLast(entry);
    if (entries.size() > KEPT) {
      entries.removeFirst();
    }
    return entry;
  }

  /// A proposal in words.
  static PlanResponse.Step.Builder form(Proposal proposal) {
    var step =
        PlanResponse.Step.newBuilder()
            .setAction(proposal.step().action())
            .setReason(proposal.reason());
    var change = proposal.step().change();
    return change == null ? step : step.setChange(change);
  }

  /// Takes up what became of handovers.
  void follow(List<HandoverStatus> handovers) {
    handovers.forEach(status -> entries.forEach(entry -> entry.follow(status)));
  }

  List<PlanResponse.Step> steps() {
    return entries.stream().map(entry -> entry.step.build()).toList();
  }
}
