package io.flotilla.loadtest.report;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Results as a table for people.
public final class TextReport {
  private static final String HEADER =
      "%-28s %12s %9s %9s %9s %9s %9s %9s%n"
          .formatted(
              "run", "requests/s", "p50 ms", "p90 ms", "p99 ms", "max ms", "cpu us", "failed");

  private TextReport() {}

  public static void print(List<RunResult> results, PrintStream out) {
    out.print(HEADER);
    results.forEach(result -> out.print(row(result)));
    for (RunResult result : results) {
      result
          .failures()
          .forEach((text, count) -> out.printf("%s: %,d failed: %s%n", result.name(), count, text));
      result
          .countersPerSecond()
          .forEach((name, rate) -> out.printf("%s: %s %,.1f/s%n", result.name(), name, rate));
    }
  }

  /// The medians of two servers over the same number of rounds, and the ratio of the first to the
  /// second.
  public static void printComparison(List<RunResult> a, List<RunResult> b, PrintStream out) {
    out.printf("%n%-22s %14s %14s %8s%n", "median of " + a.size(), "A", "B", "A/B");
    compare("requests/s", a, b, RunResult::rate, out);
    compare("p50 ms", a, b, result -> result.percentileMillis(50), out);
    compare("p99 ms", a, b, result -> result.percentileMillis(99), out);
    compare("server cpu us/request", a, b, result -> result.cpuMicros().orElse(Double.NaN), out);
  }

  /// The middle value; the mean of the two middle ones of an even number.
  public static double median(List<RunResult> results, ToDoubleFunction<RunResult> figure) {
    double[] sorted = results.stream().mapToDouble(figure).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[half]
        : Arrays.stream(sorted, half - 1, half + 1).sum() / 2;
  }

  private static void compare(
      String what,
      List<RunResult> a,
      List<RunResult> b,
      ToDoubleFunction<RunResult> figure,
      PrintStream out) {
    double first = median(a, figure);
    double second = median(b, figure);
    if (!Double.isNaN(first) && !Double.isNaN(second)) {
      out.printf("%-22s %,14.2f %,14.2f %8.2f%n", what, first, second, first / second);
    }
  }

  private static String row(RunResult result) {
    String cpu =
        result.cpuMicros().isPresent() ? "%.1f".formatted(result.cpuMicros().getAsDouble()) : "-";
    return "%-28s %,12.0f %9.2f %9.2f %9.2f %9.2f %9s %,9d%n"
        .formatted(
            result.name(),
            result.rate(),
            result.percentileMillis(50),
            result.percentileMillis(90),
            result.percentileMillis(99),
            result.latencies().getMaxValue() / 1e6,
            cpu,
            result.failedCount());
  }
}
