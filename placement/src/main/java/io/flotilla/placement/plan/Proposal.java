package io.flotilla.placement.plan;

/// A step, why it is wanted, and what it waits for.
///
/// @param reason in words, with the figures that it goes by
/// @param heldBy why it may not begin now; empty if it may
public record Proposal(Step step, String reason, String heldBy) {
  public boolean mayBegin() {
    return heldBy.isEmpty() && step.change() != null;
  }

  Proposal held(String by) {
    return new Proposal(step, reason, by);
  }
}
