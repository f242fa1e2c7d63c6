package io.flotilla.loadtest.failover;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/// What a failover run found.
///
/// @param rounds one for each event
/// @param parts of the keys, if they are told apart; else one
/// @param verdicts one for each endpoint that was a member at the end
/// @param seconds how long was written
/// @param failures all failed writes by reason, those between the rounds too
public record FailoverResult(
    List<RoundResult> rounds,
    List<PartGaps> parts,
    List<Verdict> verdicts,
    double seconds,
    Map<String, Long> failures) {
  public FailoverResult {
    rounds = List.copyOf(rounds);
    parts = List.copyOf(parts);
    verdicts = List.copyOf(verdicts);
    failures = Map.copyOf(failures);
  }

  /// Whether every member has every acknowledged write once.
  public boolean isSound() {
    return verdicts.stream().allMatch(Verdict::isSound);
  }

  /// One object with units in the names.
  public JsonObject toJson() {
    return new JsonObject()
        .put("sound", isSound())
        .put("seconds", seconds)
        .put("rounds", new JsonArray(rounds.stream().map(RoundResult::toJson).toList()))
        .put("parts", new JsonArray(parts.stream().map(PartGaps::toJson).toList()))
        .put("verdicts", new JsonArray(verdicts.stream().map(Verdict::toJson).toList()))
        .put("failures", new JsonObject(Map.copyOf(failures)));
  }
}
