package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Timeline.Sight;
import io.flotilla.simulation.history.Violation.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The order of revisions agrees with the order in which operations really happened.
final class OrderRules {
  private static final Comparator<Operation> BY_END =
      Comparator.comparingLong(Operation::completed);

  private final List<Violation> violations = new ArrayList<>();

  private final Checker.Inside inside;

  private OrderRules(Checker.Inside inside) {
    this.inside = inside;
  }

  static List<Violation> check(History history, Timeline timeline, Checker.Inside inside) {
    var rules = new OrderRules(inside);
    for (Operation operation : history.operations()) {
      if (operation.answer() != null && operation.isLinearizable()) {
        rules.checkRealTime(operation, operation.answer(), timeline, history.initialRevision());
      }
    }
    rules.checkSessions(history.operations());
    return rules.violations;
  }

  private void checkRealTime(Operation operation, Answer answer, Timeline timeline, long floor) {
    long seen = timeline.seenBefore(operation.invoked(), floor);
    boolean mutated =
        Answers.fits(operation.request(), answer) && Answers.mutated(operation.request(), answer);
    if (answer.revision() < (mutated ? seen + 1 : seen)) {
      Sight sight = timeline.firstSight(seen);
      String text = "revision " + seen + " had been seen before, and this is " + answer.revision();
      violations.add(
          new Violation(
              Rule.REAL_TIME, text, List.of(sight.source().toString(), operation.toString())));
    }
  }

  private void checkSessions(List<Operation> operations) {
    Map<Where, List<Operation>> sessions = new HashMap<>();
    for (Operation operation : operations) {
      if (operation.answer() != null && !(operation.request() instanceof Request.KeepAlive)) {
        sessions.computeIfAbsent(operation.where(), _ -> new ArrayList<>()).add(operation);
      }
    }
    sessions
        .values()
        .forEach(inside == Checker.Inside.ORDERED ? this::checkSession : this::checkSpans);
  }

  private void checkSession(List<Operation> byBegin) {
    List<Operation> byEnd = byBegin.stream().sorted(BY_END).toList();
    List<Operation> begun =
        byBegin.stream().sorted(Comparator.comparingLong(Operation::invoked)).toList();
    int ended = 0;
    Operation highest = null;
    for (Operation operation : begun) {
      while (ended < byEnd.size() && byEnd.get(ended).completed() < operation.invoked()) {
        Operation done = byEnd.get(ended++);
        if (highest == null || revision(done) > revision(highest)) {
          highest = done;
        }
      }
      if (highest != null
          && !operation.isLinearizable()
          && revision(operation) < revision(highest)) {
        String text = "the node went back from " + revision(highest);
        violations.add(
            new Violation(Rule.SESSION, text, List.of(highest.toString(), operation.toString())));
      }
    }
  }

  /// With several groups a node may be further with one than with another: it does not go back
  /// from what it had said about the same keys.
  private void checkSpans(List<Operation> session) {
    for (Operation later : session) {
      if (later.isLinearizable() || !(later.request() instanceof Request.Range range)) {
        continue;
      }
      for (Operation earlier : session) {
        if (earlier.completed() < later.invoked()
            && revision(later) < revision(earlier)
            && concerns(earlier.request(), range.span())) {
          String text = "the node went back from " + revision(earlier) + " for the same keys";
          violations.add(
              new Violation(Rule.SESSION, text, List.of(earlier.toString(), later.toString())));
          return;
        }
      }
    }
  }

  private static boolean concerns(Request request, Span span) {
    return switch (request) {
      case Request.Put put -> span.isSingle() && span.contains(put.key());
      case Request.Range range ->
          range.span().equals(span) || (span.isSingle() && range.span().contains(span.key()));
      default -> false;
    };
  }

  private static long revision(Operation operation) {
    Answer answer = operation.answer();
    return answer == null ? 0 : answer.revision();
  }
}
