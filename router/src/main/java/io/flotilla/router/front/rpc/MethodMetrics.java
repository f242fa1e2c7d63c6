package io.flotilla.router.front.rpc;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.vertx.grpc.common.GrpcStatus;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// The counters of one method, bound once so that a call costs an addition each. Thread safe.
final class MethodMetrics {
  private static final double[] LATENCY_SECONDS = {
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };

  private final LongAdder started = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder[] handled = new LongAdder[GrpcStatus.values().length];
  private final @Nullable Timer latency;

  MethodMetrics(MeterRegistry registry, RpcMethod<?, ?> method, boolean withLatency) {
    Tags tags =
        Tags.of(
            "grpc_type", method.kind().label(),
            "grpc_service", method.service(),
            "grpc_method", method.name());
    bind(registry, "grpc.server.started", "RPCs started on the server", tags, started);
    bind(registry, "grpc.server.msg.received", "Messages received by the server", tags, received);
    bind(registry, "grpc.server.msg.sent", "Messages sent by the server", tags, sent);
    for (GrpcStatus status : GrpcStatus.values()) {
      LongAdder counter = new LongAdder();
      handled[status.code] = counter;
      Tags withCode = tags.and("grpc_code", CodeNames.of(status));
      bind(registry, "grpc.server.handled", "RPCs completed on the server", withCode, counter);
    }
    latency = withLatency ? latency(registry, tags) : null;
  }

  private static void bind(
      MeterRegistry registry, String name, String description, Tags tags, LongAdder counter) {
    FunctionCounter.builder(name, counter, LongAdder::sum)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static Timer latency(MeterRegistry registry, Tags tags) {
    Duration[] bounds = new Duration[LATENCY_SECONDS.length];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = Duration.ofMillis(Math.round(LATENCY_SECONDS[i] * 1000));
    }
    return Timer.builder("grpc.server.handling")
        .description("Time from the start of an RPC to its completion on the server")
        .tags(tags)
        .serviceLevelObjectives(bounds)
        .register(registry);
  }

  void started() {
    started.increment();
  }

  void received() {
    received.increment();
  }

  void sent() {
    sent.increment();
  }

  void handled(GrpcStatus status, long tookNanos) {
    handled[status.code].increment();
    Timer timer = latency;
    if (timer != null) {
      timer.record(tookNanos, TimeUnit.NANOSECONDS);
    }
  }
}
