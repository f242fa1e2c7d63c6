package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a run came to.
///
/// @param problem why the run did not come to its end, or what the nodes disagree about; empty if
///     there is nothing
/// @param verdict what the history proves
/// @param table operations by outcome and faults by kind, for people
/// @param faults how often each kind happened
/// @param answered operations with an answer
/// @param silence the longest time without an acknowledged write
/// @param revision the last one
/// @param directory where everything is kept; null if it was deleted
public record ChaosReport(
    String problem,
    Verdict verdict,
    String table,
    Map<String, Long> faults,
    long answered,
    Duration silence,
    long revision,
    @Nullable Path directory) {
  public boolean isCorrect() {
    return problem.isEmpty() && verdict.isCorrect();
  }

  @Override
  public String toString() {
    var text = new StringBuilder(table);
    text.append(
        String.format("  longest time without an acknowledged write: %d ms%n", silence.toMillis()));
    if (!problem.isEmpty()) {
      text.append("  PROBLEM: ").append(problem).append(System.lineSeparator());
    }
    text.append("  verdict: ").append(verdict).append(System.lineSeparator());
    if (directory != null) {
      text.append("  data, logs and history: ").append(directory).append(System.lineSeparator());
    }
    return text.toString();
  }
}
