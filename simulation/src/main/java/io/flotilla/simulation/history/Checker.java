package io.flotilla.simulation.history;

import io.flotilla.simulation.history.WatchMessage.Event;
import java.util.ArrayList;
import java.util.List;

/// Judges a history: whether one store that does one thing after another explains all that its
/// clients saw, and whether its watchers saw what happened.
///
/// The order is that of the revisions, which are dense: every mutation has one of its own, and all
/// else happens between two. An operation of unknown outcome may be the mutation of any revision
/// that was first seen after it began, once, or of none; leases expire on their own.
public final class Checker {
  /// Enough to try several explanations for each of a few thousand revisions.
  public static final long DEFAULT_STEPS = 2_000_000;

  private static final int VIOLATIONS_MAX = 20;

  /// What more than an etcd's promises to all holds inside a revision and a node.
  public enum Inside {
    /// One group: watchers get the changes of a revision in the order in which the request names
    /// them, and what a node answers never goes back.
    ORDERED,
    /// Several groups: the changes of a revision come together, and what a node answers does not go
    /// back for the same keys.
    TOGETHER
  }

  private Checker() {}

  public static Verdict check(History history) {
    return check(history, DEFAULT_STEPS, Inside.ORDERED);
  }

  public static Verdict check(History history, Inside inside) {
    return check(history, DEFAULT_STEPS, inside);
  }

  /// @param steps bound of the search for the effects of operations of unknown outcome, in
  ///     revisions played beyond the first pass
  public static Verdict check(History history, long steps, Inside inside) {
    var timeline = new Timeline(history);
    var placement = new Placement(history);
    var violations = new ArrayList<>(placement.violations());
    violations.addAll(OrderRules.check(history, timeline, inside));
    violations.addAll(LeaseRules.check(history));
    violations.addAll(CompactionRules.check(history, timeline));
    var replay = new Replay(history, placement, timeline, steps + history.operations().size());
    try {
      if (placement.violations().isEmpty()) {
        Violation found = replay.run();
        if (found != null) {
          violations.add(found);
        }
        violations.addAll(checkWatches(history, replay.truth(), timeline, inside));
      }
    } catch (Replay.SearchEndedException ended) {
      if (violations.isEmpty()) {
        return new Verdict.Undecided(String.valueOf(ended.getMessage()));
      }
    }
    if (violations.isEmpty()) {
      return new Verdict.Correct(replay.last(), replay.resolved(), replay.expired());
    }
    return new Verdict.Violated(violations.stream().limit(VIOLATIONS_MAX).toList());
  }

  private static List<Violation> checkWatches(
      History history, List<List<Event>> truth, Timeline timeline, Inside inside) {
    var violations = new ArrayList<Violation>();
    var compactions = CompactionRules.of(history, timeline);
    var known = new WatchRules.Truth(truth, history.initialRevision() + 1, inside);
    for (Watching watching : history.watches()) {
      violations.addAll(WatchRules.check(watching, known, compactions));
    }
    return violations;
  }
}
