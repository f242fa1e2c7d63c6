package io.flotilla.router.front.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// How health questions were answered. One per node, shared by the event loops.
public final class HealthMetrics {
  private final MeterRegistry registry;
  private final Counter successes;
  private final Counter failures;
  private final Map<String, AtomicInteger> last = new ConcurrentHashMap<>();

  public HealthMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.successes =
        Counter.builder("etcd.server.health.success")
            .description("Health checks that passed")
            .register(registry);
    this.failures =
        Counter.builder("etcd.server.health.failures")
            .description("Health checks that failed")
            .register(registry);
  }

  void health(boolean healthy) {
    (healthy ? successes : failures).increment();
  }

  void check(String type, String name, boolean passed) {
    registry
        .counter(
            "etcd.server.healthchecks",
            "type",
            type,
            "name",
            name,
            "status",
            passed ? "success" : "error")
        .increment();
    last.computeIfAbsent(type + "/" + name, _ -> gauge(type, name)).set(passed ? 1 : 0);
  }

  private AtomicInteger gauge(String type, String name) {
    var value = new AtomicInteger();
    Gauge.builder("etcd.server.healthcheck", value, AtomicInteger::get)
        .description("Whether the last health check of this name passed")
        .tag("type", type)
        .tag("name", name)
        .register(registry);
    return value;
  }
}
