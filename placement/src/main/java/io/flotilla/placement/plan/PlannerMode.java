package io.flotilla.placement.plan;

import java.util.Optional;

/// What the planner does by itself. It always says what it would do.
public enum PlannerMode {
  OFF("off"),
  /// Leaders move; shards stay as they are.
  LEADERS("leaders"),
  /// Shards are split and merged, and replicas are moved, too.
  ON("on");

  private final String word;

  PlannerMode(String word) {
    this.word = word;
  }

  /// As settings write it.
  public String word() {
    return word;
  }

  public static Optional<PlannerMode> of(String word) {
    for (PlannerMode mode : values()) {
      if (mode.word.equals(word)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }

  boolean allows(Step step) {
    return switch (step) {
      case Step.Transfer _ -> this != OFF;
      case Step.Split _, Step.Merge _ -> this == ON;
      // a drain is what people asked for
      case Step.Place place -> this == ON || place.cause() == Step.Cause.DRAIN;
      case Step.Leave _ -> false;
    };
  }
}
