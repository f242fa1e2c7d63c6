package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Request;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/// Counts what happens, for people. Safe for many threads.
final class Tally {
  private final Map<String, long[]> operations = new TreeMap<>();
  private final Map<String, Long> faults = new TreeMap<>();
  private final Map<String, Long> reasons = new TreeMap<>();
  private boolean counts;
  private long lastWrite;
  private long longestGap;

  private static final int ANSWERED = 0;
  private static final int REFUSED = 1;
  private static final int UNKNOWN = 2;

  synchronized void operation(Request request, Outcome outcome) {
    long[] counts =
        operations.computeIfAbsent(request.getClass().getSimpleName(), _ -> new long[UNKNOWN + 1]);
    switch (outcome) {
      case Outcome.Answered _ -> {
        counts[ANSWERED]++;
        if (request instanceof Request.Put || request instanceof Request.Txn) {
          wrote();
        }
      }
      case Outcome.Refused refused -> {
        counts[REFUSED]++;
        reasons.merge("refused " + refused.text(), 1L, Long::sum);
      }
      case Outcome.Unknown unknown -> {
        counts[UNKNOWN]++;
        reasons.merge("unknown " + unknown.text(), 1L, Long::sum);
      }
    }
  }

  private void wrote() {
    if (counts) {
      long now = System.nanoTime();
      longestGap = Math.max(longestGap, now - lastWrite);
      lastWrite = now;
    }
  }

  /// From here on the time without an acknowledged write counts.
  synchronized void begin() {
    lastWrite = System.nanoTime();
    counts = true;
  }

  /// From here on it does not.
  synchronized void end() {
    wrote();
    counts = false;
  }

  synchronized void fault(String kind) {
    faults.merge(kind, 1L, Long::sum);
  }

  /// The longest time without an acknowledged write.
  synchronized Duration longestSilence() {
    long running = counts ? System.nanoTime() - lastWrite : 0;
    return Duration.ofNanos(Math.max(longestGap, running));
  }

  synchronized long answered() {
    return operations.values().stream().mapToLong(counts -> counts[ANSWERED]).sum();
  }

  synchronized long unknown() {
    return operations.values().stream().mapToLong(counts -> counts[UNKNOWN]).sum();
  }

  synchronized Map<String, Long> faults() {
    return Map.copyOf(faults);
  }

  /// A table of the operations by outcome, why some have no answer, and the faults.
  synchronized String table() {
    var text = new StringBuilder();
    text.append(
        String.format("  %-10s %9s %9s %9s%n", "operation", "answered", "refused", "unknown"));
    operations.forEach(
        (kind, counts) ->
            text.append(
                String.format(
                    "  %-10s %9d %9d %9d%n",
                    kind, counts[ANSWERED], counts[REFUSED], counts[UNKNOWN])));
    reasons.forEach((reason, count) -> text.append(String.format("  %9d  %s%n", count, reason)));
    text.append("  faults:");
    faults.forEach((kind, count) -> text.append(' ').append(kind).append(' ').append(count));
    return text.append(System.lineSeparator()).toString();
  }
}
