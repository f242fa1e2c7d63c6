package io.flotilla.loadtest.failover;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// What one event did to the writes.
///
/// @param number from 1
/// @param leaders the endpoint that led before and after, for people
/// @param quietGapMillis longest time without an acknowledged write before the event
/// @param gapMillis the same from the event to the restoration
/// @param returnGapMillis the same from the restoration to the end of the round
/// @param clientGapMillis longest time, from the event to the end, in which one client had none
/// @param failures writes without an acknowledgement by reason; they may have taken effect
/// @param late acknowledged writes that took longer than the plan calls late
/// @param slowestMillis the longest time from when a write was due to its acknowledgement
/// @param wholeMillis from the restoration until the cluster was whole
public record RoundResult(
    int number,
    String leaders,
    double quietGapMillis,
    double gapMillis,
    double returnGapMillis,
    double clientGapMillis,
    Map<String, Long> failures,
    long late,
    double slowestMillis,
    double wholeMillis) {

  static RoundResult of(RoundMarks marks, List<WriteLog> logs, long lateMillis) {
    var all = Acknowledgements.of(logs);
    long event = marks.eventNanos();
    long end = marks.endNanos();
    long clientGap =
        logs.stream()
            .mapToLong(log -> Acknowledgements.of(log).longestGapNanos(event, end))
            .max()
            .orElseThrow();
    return new RoundResult(
        marks.number(),
        leaders(marks),
        millis(all.longestGapNanos(marks.startNanos(), event)),
        millis(all.longestGapNanos(event, marks.restoreNanos())),
        millis(all.longestGapNanos(marks.restoreNanos(), end)),
        millis(clientGap),
        failures(logs, event, end),
        late(logs, event, end, TimeUnit.MILLISECONDS.toNanos(lateMillis)),
        slowestMillis(logs, event, end),
        millis(marks.wholeNanos() - marks.restoreNanos()));
  }

  /// Failed writes by reason, of those whose failure was known in `[from, to)`.
  static Map<String, Long> failures(List<WriteLog> logs, long from, long to) {
    Map<String, Long> counts = new TreeMap<>();
    for (WriteLog log : logs) {
      log.failures().stream()
          .filter(failure -> failure.doneNanos() >= from && failure.doneNanos() < to)
          .forEach(failure -> counts.merge(failure.text(), 1L, Long::sum));
    }
    return counts;
  }

  public long failed() {
    return failures.values().stream().mapToLong(Long::longValue).sum();
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("round", number)
        .put("leaders", leaders)
        .put("quiet_gap_ms", quietGapMillis)
        .put("gap_ms", gapMillis)
        .put("return_gap_ms", returnGapMillis)
        .put("client_gap_ms", clientGapMillis)
        .put("failed", failed())
        .put("failures", new JsonObject(Map.copyOf(failures)))
        .put("late", late)
        .put("slowest_ms", slowestMillis)
        .put("whole_ms", wholeMillis);
  }

  private static String leaders(RoundMarks marks) {
    return marks.leaderBefore().map(Object::toString).orElse("none")
        + " > "
        + marks.leaderAfter().map(Object::toString).orElse("none");
  }

  private static long late(List<WriteLog> logs, long from, long to, long lateNanos) {
    long late = 0;
    for (WriteLog log : logs) {
      for (int i = 0; i < log.count(); i++) {
        if (acknowledgedIn(log, i, from, to) && log.doneNanos(i) - log.dueNanos(i) > lateNanos) {
          late++;
        }
      }
    }
    return late;
  }

  private static double slowestMillis(List<WriteLog> logs, long from, long to) {
    long slowest = 0;
    for (WriteLog log : logs) {
      for (int i = 0; i < log.count(); i++) {
        if (acknowledgedIn(log, i, from, to)) {
          slowest = Math.max(slowest, log.doneNanos(i) - log.dueNanos(i));
        }
      }
    }
    return millis(slowest);
  }

  private static boolean acknowledgedIn(WriteLog log, int sequence, long from, long to) {
    long done = log.doneNanos(sequence);
    return log.isAcknowledged(sequence) && done >= from && done < to;
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
