package io.flotilla.placement.txn;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/// What a coordinator of cross-shard transactions counts. Rows of docs/metrics.md.
final class TxnMetrics {
  private static final Duration[] BOUNDS =
      LongStream.of(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final Timer answered;
  private final Counter refused;
  private final Counter aborted;
  private final Counter abandoned;
  private final AtomicInteger running = new AtomicInteger();

  TxnMetrics(MeterRegistry registry) {
    answered =
        Timer.builder("flotilla.txn.duration")
            .description("From the arrival of a decided cross-shard transaction to its answer")
            .serviceLevelObjectives(BOUNDS)
            .register(registry);
    refused = counter(registry, "refused", "Cross-shard transactions that were not decided");
    aborted = counter(registry, "aborted", "Attempts at cross-shard transactions given up");
    abandoned =
        counter(registry, "abandoned", "Prepared transactions that a group led here gave up");
    Gauge.builder("flotilla.txn.running", running, AtomicInteger::get)
        .description("Cross-shard transactions at this coordinator that are not answered")
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String what) {
    return Counter.builder("flotilla.txn." + name).description(what).register(registry);
  }

  void running(int count) {
    running.set(count);
  }

  void answered(long nanos) {
    answered.record(nanos, TimeUnit.NANOSECONDS);
  }

  void refused() {
    refused.increment();
  }

  void aborted() {
    aborted.increment();
  }

  void abandoned() {
    abandoned.increment();
  }
}
