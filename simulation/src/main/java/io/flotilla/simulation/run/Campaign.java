package io.flotilla.simulation.run;

import io.flotilla.simulation.fault.Fault;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.Probes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/// Many runs with seeds that follow each other, on several threads that share nothing, and what
/// they amount to.
public final class Campaign {
  private static final double NANOS_PER_HOUR = 3_600e9;

  private final LongFunction<Report> run;
  private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
  private final Probes probes = new Probes();
  private final List<Report> failures = new ArrayList<>();
  private long seeds;
  private long simulatedNanos;
  private long events;
  private long operations;
  private long answered;

  /// @param run of one seed
  public Campaign(LongFunction<Report> run) {
    this.run = run;
  }

  /// Runs seeds from `first` on until one fails or `goesOn` is false.
  ///
  /// @param count at most so many seeds
  public void carryOut(long first, long count, int threads, BooleanSupplier goesOn)
      throws InterruptedException {
    var next = new AtomicLong(first);
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        pool.execute(() -> work(next, first + count, goesOn));
      }
      pool.shutdown();
      if (!pool.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS)) {
        throw new IllegalStateException("a wait without end has ended");
      }
    }
  }

  private void work(AtomicLong next, long end, BooleanSupplier goesOn) {
    while (goesOn.getAsBoolean() && !hasFailed()) {
      long seed = next.getAndIncrement();
      if (seed >= end) {
        return;
      }
      add(carefully(seed));
    }
  }

  /// A run that ends in an exception has failed like any other.
  private Report carefully(long seed) {
    try {
      return run.apply(seed);
    } catch (RuntimeException | Error unexpected) {
      return Report.ofFailure(seed, unexpected);
    }
  }

  private synchronized void add(Report report) {
    seeds++;
    simulatedNanos += report.simulatedNanos();
    events += report.events();
    operations += report.operations();
    answered += report.answered();
    report.faults().forEach((fault, count) -> faults.merge(fault, count, Long::sum));
    probes.add(report.probes());
    if (!report.isGood()) {
      failures.add(report);
    }
  }

  public synchronized boolean hasFailed() {
    return !failures.isEmpty();
  }

  public synchronized List<Report> failures() {
    return List.copyOf(failures);
  }

  public synchronized long seeds() {
    return seeds;
  }

  public synchronized double simulatedHours() {
    return simulatedNanos / NANOS_PER_HOUR;
  }

  /// Rare paths that no run was on.
  public synchronized List<Probe> missed() {
    return List.copyOf(probes.missed());
  }

  /// One line about the runs so far.
  public synchronized String progress() {
    return String.format(
        "%d seeds, %.2f simulated hours, %d events, %d of %d requests answered",
        seeds, simulatedHours(), events, answered, operations);
  }

  /// All figures, one line each.
  public synchronized String summary() {
    var text = new StringBuilder(progress());
    text.append("\nfaults:");
    faults.forEach((fault, count) -> text.append(String.format("%n  %8d %s", count, fault)));
    text.append("\nrare paths:");
    for (Probe probe : Probe.values()) {
      long count = probes.count(probe);
      text.append(String.format("%n  %8s %s", count == 0 ? "never" : count, probe));
    }
    return text.toString();
  }
}
