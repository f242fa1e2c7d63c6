package io.flotilla.simulation.history;

import java.util.List;
import java.util.stream.Collectors;

/// What a history proves.
public sealed interface Verdict {
  default boolean isCorrect() {
    return this instanceof Correct;
  }

  /// One correct store explains everything.
  ///
  /// @param lastRevision the highest revision that anybody saw
  /// @param resolved how many revisions belong to operations of unknown outcome
  /// @param expired how many revisions are explained as the expiry of a lease
  record Correct(long lastRevision, int resolved, int expired) implements Verdict {}

  /// No correct store does.
  record Violated(List<Violation> violations) implements Verdict {
    public Violated {
      violations = List.copyOf(violations);
    }

    @Override
    public String toString() {
      return violations.stream().map(Violation::toString).collect(Collectors.joining("\n"));
    }
  }

  /// Too many unknown outcomes could explain the same revisions to try them all.
  record Undecided(String reason) implements Verdict {}
}
