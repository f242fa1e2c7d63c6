package io.flotilla.loadtest.failover;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.ToLongFunction;

/// How long a part of the keys had no acknowledged write, at most over all rounds.
///
/// @param part from 1
/// @param quietMillis before the event
/// @param eventMillis from the event to the restoration
/// @param returnMillis from the restoration to the end of the round
public record PartGaps(int part, double quietMillis, double eventMillis, double returnMillis) {
  /// Of the part with that number, from 0.
  static PartGaps of(int part, List<WriteLog> logs, List<RoundMarks> rounds) {
    var all = Acknowledgements.of(logs);
    return new PartGaps(
        part + 1,
        longest(rounds, r -> all.longestGapNanos(r.startNanos(), r.eventNanos())),
        longest(rounds, r -> all.longestGapNanos(r.eventNanos(), r.restoreNanos())),
        longest(rounds, r -> all.longestGapNanos(r.restoreNanos(), r.endNanos())));
  }

  private static double longest(List<RoundMarks> rounds, ToLongFunction<RoundMarks> gap) {
    return rounds.stream().mapToLong(gap).max().orElse(0) / 1e6;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("part", part)
        .put("quiet_gap_ms", quietMillis)
        .put("gap_ms", eventMillis)
        .put("return_gap_ms", returnMillis);
  }
}
