package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Violation.Rule;
import io.flotilla.simulation.history.WatchMessage.Event;
import io.flotilla.simulation.history.Watching.Query;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/// What one watcher got, against what happened: the changes it asked for, once, in order, each
/// revision whole, none missing. Stops at the first thing that is wrong.
final class WatchRules {
  private final Watching watching;
  private final Query query;
  private final CompactionRules compactions;
  private final Truth truth;
  private final List<Violation> violations = new ArrayList<>();
  private final List<Event> fragments = new ArrayList<>();

  private long start;

  /// Every wanted event up to here has come.
  private long delivered;

  private long progress;

  /// What happened.
  ///
  /// @param events of the revisions from `first` on, as far as they are known
  /// @param inside what is promised about the order of those of one revision
  record Truth(List<List<Event>> events, long first, Checker.Inside inside) {}

  private WatchRules(Watching watching, Truth truth, CompactionRules compactions) {
    this.watching = watching;
    this.query = watching.query();
    this.truth = truth;
    this.compactions = compactions;
    this.start = query.start();
    this.delivered = start - 1;
  }

  static List<Violation> check(Watching watching, Truth truth, CompactionRules compactions) {
    var rules = new WatchRules(watching, truth, compactions);
    for (WatchMessage message : watching.messages()) {
      rules.accept(message);
      if (!rules.violations.isEmpty()) {
        break;
      }
    }
    return rules.violations;
  }

  private void accept(WatchMessage message) {
    switch (message) {
      case WatchMessage.Created created -> {
        if (start == 0) {
          start = created.revision() + 1;
          delivered = created.revision();
        }
      }
      case WatchMessage.Progress passed -> acceptProgress(passed);
      case WatchMessage.Events events -> {
        fragments.addAll(events.events());
        if (!events.fragment()) {
          acceptEvents(List.copyOf(fragments), events.time());
          fragments.clear();
        }
      }
      case WatchMessage.Canceled _, WatchMessage.Broken _ -> fragments.clear();
    }
  }

  private void acceptProgress(WatchMessage.Progress passed) {
    if (passed.revision() >= start) {
      missingUpTo(passed.revision(), Rule.WATCH_PROGRESS);
    }
    progress = Math.max(progress, passed.revision());
    delivered = Math.max(delivered, passed.revision());
  }

  private void acceptEvents(List<Event> events, long time) {
    int from = 0;
    while (from < events.size() && violations.isEmpty()) {
      long revision = events.get(from).revision();
      int to = from;
      while (to < events.size() && events.get(to).revision() == revision) {
        to++;
      }
      acceptRevision(revision, events.subList(from, to), time);
      from = to;
    }
  }

  private void acceptRevision(long revision, List<Event> events, long time) {
    if (revision < start) {
      report(Rule.WATCH_TRUE, "an event before the start " + start, events);
    } else if (revision <= progress) {
      report(Rule.WATCH_PROGRESS, "progress " + progress + " had passed this", events);
    } else if (revision <= delivered) {
      reportBackwards(revision, events);
    } else {
      missingUpTo(revision - 1, Rule.WATCH_ORDERED);
      if (violations.isEmpty() && isKnown(revision)) {
        compare(comparable(wanted(revision)), comparable(events), time);
      }
      delivered = revision;
    }
  }

  private List<Event> comparable(List<Event> events) {
    return switch (truth.inside()) {
      case ORDERED -> events;
      case TOGETHER -> events.stream().sorted(Comparator.comparing(Event::key)).toList();
    };
  }

  private void reportBackwards(long revision, List<Event> events) {
    boolean again = comings(events.getFirst()) > 1;
    if (again) {
      report(Rule.WATCH_UNIQUE, "revision " + revision + " comes again", events);
    } else if (revision == delivered) {
      report(Rule.WATCH_ATOMIC, "revision " + revision + " comes in parts", events);
    } else {
      report(Rule.WATCH_ORDERED, "revision " + revision + " behind " + delivered, events);
    }
  }

  private void compare(List<Event> right, List<Event> seen, long time) {
    if (right.size() > seen.size() && isPart(right, seen)) {
      var missing = new ArrayList<>(right);
      missing.removeIf(event -> seen.stream().anyMatch(event::isSameChange));
      report(Rule.WATCH_ATOMIC, "of one revision only a part comes, without " + missing, seen);
      return;
    }
    for (int i = 0; i < Math.max(right.size(), seen.size()); i++) {
      if (i >= right.size() || i >= seen.size() || !right.get(i).isSameChange(seen.get(i))) {
        report(Rule.WATCH_TRUE, "what happened is " + right, seen);
        return;
      }
      checkPrevious(right.get(i), seen.get(i), time);
    }
  }

  private static boolean isPart(List<Event> right, List<Event> seen) {
    return seen.stream().allMatch(event -> right.stream().anyMatch(event::isSameChange));
  }

  private void checkPrevious(Event right, Event seen, long time) {
    boolean mayBeAbsent =
        !query.previous() || compactions.mayBeCompacted(right.revision() - 1, time);
    boolean isRight =
        query.previous()
            ? Objects.equals(right.previous(), seen.previous())
            : seen.previous() == null;
    if (!isRight && !(mayBeAbsent && seen.previous() == null)) {
      report(Rule.WATCH_PREVIOUS, "the state before was " + right.previous(), List.of(seen));
    }
  }

  /// Reports the first wanted event that should have come up to `revision` and did not.
  ///
  /// @param late what it is if it comes later
  private void missingUpTo(long revision, Rule late) {
    for (long r = delivered + 1; r <= revision && violations.isEmpty(); r++) {
      List<Event> missing = isKnown(r) ? wanted(r) : List.of();
      if (!missing.isEmpty()) {
        boolean comes = comings(missing.getFirst()) > 0;
        report(
            comes ? late : Rule.WATCH_COMPLETE,
            (comes ? "late, behind " : "missing up to ") + revision + ": " + missing,
            List.of());
      }
    }
  }

  /// How often this change comes at all.
  private long comings(Event wanted) {
    return watching.messages().stream()
        .filter(WatchMessage.Events.class::isInstance)
        .flatMap(message -> ((WatchMessage.Events) message).events().stream())
        .filter(wanted::isSameChange)
        .count();
  }

  private boolean isKnown(long revision) {
    return revision >= truth.first() && revision < truth.first() + truth.events().size();
  }

  private List<Event> wanted(long revision) {
    List<Event> all = truth.events().get((int) (revision - truth.first()));
    for (Event event : all) {
      if (query.wants(event)) {
        return all.stream().filter(query::wants).toList();
      }
    }
    return List.of();
  }

  private void report(Rule rule, String text, List<Event> events) {
    var lines = new ArrayList<String>();
    lines.add(watching.toString());
    events.forEach(event -> lines.add("came: " + event));
    violations.add(new Violation(rule, text, lines));
  }
}
