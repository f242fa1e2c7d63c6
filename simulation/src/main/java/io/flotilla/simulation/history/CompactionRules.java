package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Outcome.Refused;
import io.flotilla.simulation.history.Violation.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Reads and watches below a compaction fail, those above it do not, and a revision is refused as
/// a future one only as long as it is one.
final class CompactionRules {
  private final List<Operation> begun;
  private final List<Operation> answered;
  private final Timeline timeline;
  private final long floor;
  private final List<Violation> violations = new ArrayList<>();

  private CompactionRules(History history, Timeline timeline) {
    List<Operation> all =
        history.operations().stream()
            .filter(operation -> operation.request() instanceof Request.Compact)
            .filter(operation -> !(operation.outcome() instanceof Refused))
            .toList();
    this.begun = all.stream().sorted(Comparator.comparingLong(Operation::invoked)).toList();
    this.answered = all.stream().filter(operation -> !operation.isUnknown()).toList();
    this.timeline = timeline;
    this.floor = history.initialRevision();
  }

  static List<Violation> check(History history, Timeline timeline) {
    var rules = new CompactionRules(history, timeline);
    for (Operation operation : history.operations()) {
      switch (operation.request()) {
        case Request.Range range when range.revision() > 0 ->
            rules.check(operation, range.revision(), range.serializable());
        case Request.Compact compact -> rules.check(operation, compact.revision() - 1, false);
        default -> {}
      }
    }
    history.watches().forEach(rules::check);
    return rules.violations;
  }

  /// @param revision what has to exist: that of a read, or the one below a compaction
  private void check(Operation operation, long revision, boolean stale) {
    if (operation.outcome() instanceof Refused refused) {
      checkRefused(operation, revision, refused.reason(), stale);
    } else if (!operation.isUnknown() && !stale) {
      for (Operation compaction : answered) {
        if (compaction.completed() < operation.invoked() && target(compaction) > revision) {
          report("revision " + revision + " was compacted before", compaction, operation);
          return;
        }
      }
    }
  }

  private void checkRefused(Operation operation, long revision, Reason reason, boolean stale) {
    if (reason == Reason.COMPACTED && !mayBeCompacted(revision, operation.completed())) {
      String text = "nobody had compacted above revision " + revision;
      violations.add(new Violation(Rule.COMPACTION, text, List.of(operation.toString())));
    }
    boolean compact = operation.request() instanceof Request.Compact;
    long wanted = compact ? revision + 1 : revision;
    if (reason == Reason.FUTURE_REVISION
        && !stale
        && timeline.seenBefore(operation.invoked(), floor) >= wanted) {
      String source = timeline.firstSight(wanted).source().toString();
      String text = "revision " + wanted + " was no future one";
      violations.add(new Violation(Rule.COMPACTION, text, List.of(source, operation.toString())));
    }
  }

  private void check(Watching watching) {
    for (WatchMessage message : watching.messages()) {
      if (message instanceof WatchMessage.Canceled canceled && canceled.compactRevision() > 0) {
        long below = canceled.compactRevision() - 1;
        if (!mayBeCompacted(below, canceled.time())) {
          String text = "nobody had compacted at revision " + canceled.compactRevision();
          violations.add(
              new Violation(
                  Rule.COMPACTION, text, List.of(watching.toString(), canceled.toString())));
        }
      }
    }
  }

  /// Whether a compaction above `revision` had been asked for by `time`.
  boolean mayBeCompacted(long revision, long time) {
    for (Operation compaction : begun) {
      if (compaction.invoked() > time) {
        return false;
      }
      if (target(compaction) > revision) {
        return true;
      }
    }
    return false;
  }

  static CompactionRules of(History history, Timeline timeline) {
    return new CompactionRules(history, timeline);
  }

  private static long target(Operation compaction) {
    return ((Request.Compact) compaction.request()).revision();
  }

  private void report(String text, Operation first, Operation second) {
    violations.add(
        new Violation(Rule.COMPACTION, text, List.of(first.toString(), second.toString())));
  }
}
