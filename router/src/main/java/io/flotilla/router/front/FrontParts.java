package io.flotilla.router.front;

import io.flotilla.base.port.Clock;
import io.flotilla.router.front.http.HealthMetrics;
import io.flotilla.router.front.rpc.RequestGuard;
import io.flotilla.router.front.rpc.RpcMetrics;
import io.flotilla.router.front.rpc.RpcRegistry;
import io.flotilla.router.route.Doors;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.function.Supplier;

/// What all event loops of the front share. Everything in it is thread safe.
///
/// @param guard decides what callers may do
/// @param pages further pages of plain text on the client port, by path
public record FrontParts(
    FrontConfig config,
    Doors doors,
    RpcRegistry registry,
    RequestGuard guard,
    RpcMetrics metrics,
    PrometheusMeterRegistry meters,
    HealthMetrics health,
    ServingState state,
    Clock clock,
    Map<String, Supplier<String>> pages) {
  public FrontParts {
    pages = Map.copyOf(pages);
  }

  /// Without further pages.
  public FrontParts(
      FrontConfig config,
      Doors doors,
      RpcRegistry registry,
      RequestGuard guard,
      RpcMetrics metrics,
      PrometheusMeterRegistry meters,
      HealthMetrics health,
      ServingState state,
      Clock clock) {
    this(config, doors, registry, guard, metrics, meters, health, state, clock, Map.of());
  }
}
