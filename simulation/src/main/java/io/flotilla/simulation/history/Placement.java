package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Violation.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which operations belong to which revision, by what their answers say.
final class Placement {
  private final Map<Long, Operation> owners = new HashMap<>();
  private final Map<Long, List<Operation>> reads = new HashMap<>();
  private final Map<Long, List<Operation>> revocations = new HashMap<>();
  private final List<Operation> unknown = new ArrayList<>();
  private final List<Violation> violations = new ArrayList<>();

  Placement(History history) {
    for (Operation operation : history.operations()) {
      Answer answer = operation.answer();
      if (answer != null) {
        place(operation, answer, history.initialRevision());
      } else if (operation.isUnknown() && mayMutate(operation.request())) {
        unknown.add(operation);
      }
    }
  }

  private void place(Operation operation, Answer answer, long initialRevision) {
    if (!Answers.fits(operation.request(), answer)) {
      violations.add(violation(Rule.ANSWER, "an answer to another request", operation));
      return;
    }
    if (answer.revision() < initialRevision) {
      violations.add(violation(Rule.ANSWER, "a revision before all others", operation));
      return;
    }
    switch (operation.request()) {
      case Request.Range range -> placeRead(operation, range, answer.revision());
      case Request.Revoke _ -> add(revocations, answer.revision(), operation);
      case Request.Put _, Request.Delete _, Request.Txn _ -> {
        if (Answers.mutated(operation.request(), answer)) {
          own(operation, answer.revision());
        } else {
          add(reads, answer.revision(), operation);
        }
      }
      case Request.Grant _, Request.KeepAlive _, Request.Compact _ -> {}
    }
  }

  private void placeRead(Operation operation, Request.Range range, long header) {
    if (range.revision() > header) {
      violations.add(violation(Rule.ANSWER, "a read above the store's revision", operation));
    } else {
      add(reads, range.revision() > 0 ? range.revision() : header, operation);
    }
  }

  private void own(Operation operation, long revision) {
    Operation other = owners.putIfAbsent(revision, operation);
    if (other != null) {
      String text = "revision " + revision + " belongs to two mutations";
      violations.add(
          new Violation(
              Rule.REVISION_UNIQUE, text, List.of(other.toString(), operation.toString())));
    }
  }

  private static void add(Map<Long, List<Operation>> map, long revision, Operation operation) {
    map.computeIfAbsent(revision, _ -> new ArrayList<>()).add(operation);
  }

  private static Violation violation(Rule rule, String text, Operation operation) {
    return new Violation(rule, text, List.of(operation.toString()));
  }

  private static boolean mayMutate(Request request) {
    return switch (request) {
      case Request.Put _, Request.Delete _, Request.Revoke _ -> true;
      case Request.Txn txn ->
          txn.success().stream().anyMatch(Placement::mayMutate)
              || txn.failure().stream().anyMatch(Placement::mayMutate);
      case Request.Range _, Request.Grant _, Request.KeepAlive _, Request.Compact _ -> false;
    };
  }

  /// The mutation whose answer names this revision.
  @Nullable Operation owner(long revision) {
    return owners.get(revision);
  }

  /// Answered operations that changed nothing and show the store as it is at this revision.
  List<Operation> reads(long revision) {
    return reads.getOrDefault(revision, List.of());
  }

  /// Answered revocations whose keys, if any, went at this revision.
  List<Operation> revocations(long revision) {
    return revocations.getOrDefault(revision, List.of());
  }

  /// Operations that may have changed something, without an answer.
  List<Operation> unknown() {
    return unknown;
  }

  List<Violation> violations() {
    return violations;
  }
}
