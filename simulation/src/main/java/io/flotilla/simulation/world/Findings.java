package io.flotilla.simulation.world;

import java.util.ArrayList;
import java.util.List;

/// What the rules of a world found broken. A run ends with the first.
public final class Findings {
  /// One broken rule.
  ///
  /// @param rule its name
  /// @param text what was seen
  public record Finding(String rule, String text, long atNanos) {
    @Override
    public String toString() {
      return rule + " at " + atNanos / 1_000_000 + " ms: " + text;
    }
  }

  private static final int KEPT_MAX = 10;

  private final Timeline timeline;
  private final List<Finding> found = new ArrayList<>();

  public Findings(Timeline timeline) {
    this.timeline = timeline;
  }

  public void report(String rule, String text) {
    if (found.size() < KEPT_MAX) {
      found.add(new Finding(rule, text, timeline.nowNanos()));
    }
  }

  public void require(boolean holds, String rule, String text) {
    if (!holds) {
      report(rule, text);
    }
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  public List<Finding> all() {
    return List.copyOf(found);
  }
}
