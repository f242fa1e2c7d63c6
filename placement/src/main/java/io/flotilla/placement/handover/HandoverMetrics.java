package io.flotilla.placement.handover;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/// What the driver of handovers counts. Rows of docs/metrics.md.
public final class HandoverMetrics {
  private static final Duration[] BOUNDS =
      LongStream.of(5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final Timer paused;
  private final Counter copiedBytes;
  private final Counter aborted;
  private final Counter abandoned;
  private final Counter retired;
  private final AtomicInteger running = new AtomicInteger();

  public HandoverMetrics(MeterRegistry registry) {
    paused =
        Timer.builder("flotilla.handover.pause")
            .description("How long a range stood still while it was handed over")
            .serviceLevelObjectives(BOUNDS)
            .register(registry);
    copiedBytes =
        Counter.builder("flotilla.handover.copied")
            .baseUnit("bytes")
            .description("History that handovers driven here sent to their targets")
            .register(registry);
    aborted = counter(registry, "switches.aborted", "Switches of a range that were given up");
    abandoned = counter(registry, "abandoned", "Handovers that were given up");
    retired = counter(registry, "retired", "Groups without keys that were retired");
    Gauge.builder("flotilla.handover.running", running, AtomicInteger::get)
        .description("Handovers that are driven here")
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String what) {
    return Counter.builder("flotilla.handover." + name).description(what).register(registry);
  }

  void running(int count) {
    running.set(count);
  }

  void copied(int bytes) {
    copiedBytes.increment(bytes);
  }

  void switched(long nanos) {
    paused.record(nanos, TimeUnit.NANOSECONDS);
  }

  void switchAborted() {
    aborted.increment();
  }

  void abandoned() {
    abandoned.increment();
  }

  void retired() {
    retired.increment();
  }
}
