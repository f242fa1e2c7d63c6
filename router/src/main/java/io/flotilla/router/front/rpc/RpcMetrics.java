package io.flotilla.router.front.rpc;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Counters of all calls, with the names that dashboards of etcd expect. One per node, shared by
/// the event loops; every method's counters exist from the start.
public final class RpcMetrics {
  /// Versions come from clients: after this many different ones the rest counts as unknown.
  private static final int MAX_VERSIONS = 64;

  private static final String UNKNOWN = "unknown";

  private final MeterRegistry registry;
  private final Map<RpcMethod<?, ?>, MethodMetrics> methods = new IdentityHashMap<>();
  private final Map<String, LongAdder> unaryByVersion = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> streamsByVersion = new ConcurrentHashMap<>();
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();

  /// @param withLatency whether each method gets a histogram of its times
  public RpcMetrics(MeterRegistry registry, RpcRegistry calls, boolean withLatency) {
    this.registry = registry;
    for (RpcMethod<?, ?> method : calls.methods()) {
      methods.put(method, new MethodMetrics(registry, method, withLatency));
    }
    bytes("received", "Bytes received from gRPC clients", receivedBytes);
    bytes("sent", "Bytes sent to gRPC clients", sentBytes);
    clients("unary", UNKNOWN, unaryByVersion);
    clients("stream", UNKNOWN, streamsByVersion);
  }

  private void bytes(String direction, String description, LongAdder counter) {
    FunctionCounter.builder(
            "etcd.network.client.grpc." + direction + ".bytes", counter, LongAdder::sum)
        .description(description)
        .register(registry);
  }

  MethodMetrics of(RpcMethod<?, ?> method) {
    MethodMetrics metrics = methods.get(method);
    if (metrics == null) {
      throw new IllegalStateException("not registered: " + method);
    }
    return metrics;
  }

  /// Counts bytes of messages, without framing.
  public void receivedBytes(int bytes) {
    receivedBytes.add(bytes);
  }

  public void sentBytes(int bytes) {
    sentBytes.add(bytes);
  }

  void unaryRequest(@Nullable String clientVersion) {
    count("unary", clientVersion, unaryByVersion);
  }

  void streamRequest(@Nullable String clientVersion) {
    count("stream", clientVersion, streamsByVersion);
  }

  private void count(String type, @Nullable String version, Map<String, LongAdder> counters) {
    String label = version == null ? UNKNOWN : version;
    LongAdder counter = counters.get(label);
    if (counter == null) {
      boolean known = isVersion(label) && counters.size() < MAX_VERSIONS;
      counter = clients(type, known ? label : UNKNOWN, counters);
    }
    counter.increment();
  }

  private static boolean isVersion(String text) {
    return text.length() <= 16 && text.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  private LongAdder clients(String type, String version, Map<String, LongAdder> counters) {
    return counters.computeIfAbsent(
        version,
        label -> {
          var counter = new LongAdder();
          FunctionCounter.builder("etcd.server.client.requests", counter, LongAdder::sum)
              .description("Requests of clients by their API version")
              .tag("type", type)
              .tag("client_api_version", label)
              .register(registry);
          return counter;
        });
  }
}
