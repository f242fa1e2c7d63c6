package io.flotilla.loadtest.failover;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/// A failover run as a table for people.
public final class FailoverReport {
  private static final String ROW = "%-7s %-34s %9s %9s %9s %10s %7s %7s %10s %9s%n";
  private static final List<ToDoubleFunction<RoundResult>> FIGURES =
      List.of(
          RoundResult::quietGapMillis,
          RoundResult::gapMillis,
          RoundResult::returnGapMillis,
          RoundResult::clientGapMillis,
          RoundResult::failed,
          RoundResult::late,
          RoundResult::slowestMillis,
          RoundResult::wholeMillis);

  private FailoverReport() {}

  public static void print(FailoverResult result, PrintStream out) {
    out.println("Longest time without an acknowledged write, in milliseconds:");
    out.printf(
        ROW,
        "round",
        "leader before > after",
        "quiet",
        "event",
        "return",
        "one client",
        "failed",
        "late",
        "slowest",
        "whole");
    List<RoundResult> rounds = result.rounds();
    rounds.forEach(
        round -> row(out, "" + round.number(), round.leaders(), f -> f.applyAsDouble(round)));
    row(out, "median", "", figure -> median(rounds, figure));
    row(out, "max", "", figure -> rounds.stream().mapToDouble(figure).max().orElseThrow());
    printParts(result.parts(), out);
    new TreeMap<>(result.failures())
        .forEach((text, count) -> out.printf("%,d failed: %s%n", count, text));
    result.verdicts().forEach(verdict -> print(verdict, out));
  }

  private static void printParts(List<PartGaps> parts, PrintStream out) {
    if (parts.size() > 1) {
      parts.forEach(
          part ->
              out.printf(
                  "max of part %-2d of the keys: quiet %,.0f, event %,.0f, return %,.0f%n",
                  part.part(), part.quietMillis(), part.eventMillis(), part.returnMillis()));
    }
  }

  /// The middle value; the mean of the two middle ones of an even number.
  static double median(List<RoundResult> rounds, ToDoubleFunction<RoundResult> figure) {
    double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[half]
        : Arrays.stream(sorted, half - 1, half + 1).sum() / 2;
  }

  private static void row(
      PrintStream out,
      String name,
      String leaders,
      ToDoubleFunction<ToDoubleFunction<RoundResult>> valueOf) {
    Object[] cells = new Object[2 + FIGURES.size()];
    cells[0] = name;
    cells[1] = leaders;
    for (int i = 0; i < FIGURES.size(); i++) {
      cells[2 + i] = "%,.0f".formatted(valueOf.applyAsDouble(FIGURES.get(i)));
    }
    out.printf(ROW, cells);
  }

  private static void print(Verdict verdict, PrintStream out) {
    Verdict.Faults faults = verdict.faults();
    out.printf(
        "read back from %s: %s: %,d acknowledged, %,d lost, %,d doubled, %,d altered, %,d moved,"
            + " %,d foreign; %,d failed, of which %,d took effect%n",
        verdict.reader(),
        verdict.isSound() ? "sound" : "NOT SOUND",
        verdict.acknowledged(),
        faults.lost(),
        faults.doubled(),
        faults.altered(),
        faults.moved(),
        faults.foreign(),
        verdict.failed(),
        verdict.failedButApplied());
    verdict.examples().forEach(example -> out.println("  " + example));
  }
}
