package io.flotilla.loadtest.run;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/// Counts answers and their latencies; written by every event loop.
public final class Tally {
  private static final long LATENCY_MAX_NANOS = 600_000_000_000L;
  private static final int DIGITS = 3;

  private final Recorder latencies = new Recorder(LATENCY_MAX_NANOS, DIGITS);
  private final LongAdder done = new LongAdder();
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

  public void succeeded(long nanos) {
    done.increment();
    latencies.recordValue(Math.clamp(nanos, 0, LATENCY_MAX_NANOS));
  }

  public void failed(Throwable cause) {
    String text = String.valueOf(cause.getMessage());
    failures.computeIfAbsent(text, _ -> new LongAdder()).increment();
  }

  /// Answers so far, failures not included.
  public long done() {
    return done.sum();
  }

  public long failedCount() {
    return failures.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /// Failures by message.
  public Map<String, Long> failures() {
    Map<String, Long> counts = new TreeMap<>();
    failures.forEach((text, count) -> counts.put(text, count.sum()));
    return counts;
  }

  /// Latencies in nanoseconds since the last call.
  public Histogram takeLatencies() {
    return latencies.getIntervalHistogram();
  }

  /// Forgets everything, at the end of the warm-up.
  public void reset() {
    latencies.reset();
    done.reset();
    failures.clear();
  }
}
