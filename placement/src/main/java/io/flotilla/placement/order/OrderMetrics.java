package io.flotilla.placement.order;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/// What ordering many groups counts. Rows of docs/metrics.md.
public final class OrderMetrics {
  private final MeterRegistry registry;
  private final Counter cuts;
  private final Counter failedCuts;
  private final Counter reports;
  private final Counter failedReports;
  private final Counter offered;
  private final Counter logged;
  private final LongAdder stalled = new LongAdder();

  public OrderMetrics(MeterRegistry registry) {
    this.registry = registry;
    cuts = counter("cuts", "Cuts that this node proposed as the leader of the root group");
    failedCuts = counter("cuts.failed", "Cuts that were not made, or whose fate is unknown");
    reports = counter("reports", "Messages to the leader of the root group on how far groups are");
    failedReports = counter("reports.failed", "Such messages without an answer");
    offered = counter("items", "Journal items handed to the replicas of this node");
    logged = counter("items.proposed", "Journal items proposed to the logs of groups led here");
    Gauge.builder("flotilla.order.stalled", stalled, LongAdder::sum)
        .description("Replicas of this node that something holds up for long")
        .register(registry);
  }

  /// Where what belongs to the order is registered.
  public MeterRegistry registry() {
    return registry;
  }

  private Counter counter(String name, String what) {
    return Counter.builder("flotilla.order." + name).description(what).register(registry);
  }

  void cutProposed() {
    cuts.increment();
  }

  void cutFailed() {
    failedCuts.increment();
  }

  void reportSent() {
    reports.increment();
  }

  void reportFailed() {
    failedReports.increment();
  }

  void itemsOffered(int count) {
    offered.increment(count);
  }

  void itemsProposed(int count) {
    logged.increment(count);
  }

  void stalled(int change) {
    stalled.add(change);
  }
}
