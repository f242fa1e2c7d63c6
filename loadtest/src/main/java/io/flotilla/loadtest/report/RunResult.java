package io.flotilla.loadtest.report;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/// What one run found.
///
/// @param name what was run
/// @param took how long was measured
/// @param latencies of the requests that were answered without an error, in nanoseconds
/// @param failures number of failed requests by message
/// @param cpuMicros the server's user and system time for each answered request
/// @param residentBytes the server's memory at the end
/// @param countersPerSecond by how much counters of the server grew in a second, by name
public record RunResult(
    String name,
    Duration took,
    Histogram latencies,
    Map<String, Long> failures,
    OptionalDouble cpuMicros,
    OptionalLong residentBytes,
    Map<String, Double> countersPerSecond) {

  /// Requests that were answered without an error.
  public long done() {
    return latencies.getTotalCount();
  }

  /// Requests a second.
  public double rate() {
    return done() * 1e9 / took.toNanos();
  }

  public double percentileMillis(double percentile) {
    return latencies.getValueAtPercentile(percentile) / 1e6;
  }

  public long failedCount() {
    return failures.values().stream().mapToLong(Long::longValue).sum();
  }

  /// One object with units in the names.
  public JsonObject toJson() {
    var json =
        new JsonObject()
            .put("name", name)
            .put("seconds", took.toNanos() / 1e9)
            .put("requests", done())
            .put("requests_per_second", rate())
            .put("mean_ms", latencies.getMean() / 1e6)
            .put("p50_ms", percentileMillis(50))
            .put("p90_ms", percentileMillis(90))
            .put("p99_ms", percentileMillis(99))
            .put("p999_ms", percentileMillis(99.9))
            .put("max_ms", latencies.getMaxValue() / 1e6)
            .put("failed", failedCount())
            .put("failures", new JsonObject(Map.copyOf(failures)));
    cpuMicros.ifPresent(micros -> json.put("server_cpu_us_per_request", micros));
    if (!countersPerSecond.isEmpty()) {
      json.put("counters_per_second", new JsonObject(Map.copyOf(countersPerSecond)));
    }
    residentBytes.ifPresent(bytes -> json.put("server_resident_bytes", bytes));
    return json;
  }
}
