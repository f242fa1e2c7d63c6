package io.flotilla.router.front;

import io.flotilla.base.port.Clock;
import io.flotilla.router.front.http.HealthMetrics;
import io.flotilla.router.front.rpc.RpcMetrics;
import io.flotilla.router.front.rpc.RpcRegistry;
import io.flotilla.router.route.Doors;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/// What all event loops of the front share. Everything in it is thread safe.
public record FrontParts(
    FrontConfig config,
    Doors doors,
    RpcRegistry registry,
    RpcMetrics metrics,
    PrometheusMeterRegistry meters,
    HealthMetrics health,
    ServingState state,
    Clock clock) {}
