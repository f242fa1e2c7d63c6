package io.flotilla.loadtest.run;

import io.flotilla.loadtest.client.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/// How a workload is sent.
///
/// @param endpoints connections are given to them in turn
/// @param connections HTTP/2 connections, at least 1
/// @param clients in a closed loop, requests in flight at any time, over all connections; in an
///     open loop the most that may be in flight
/// @param rate requests a second of an open loop; empty is a closed loop
/// @param warmup load before anything is counted
/// @param measure how long is counted
/// @param timeoutMillis deadline of one request
/// @param serverPids processes whose processor time is counted, together
/// @param counters of the server, whose growth is told
public record LoadPlan(
    List<Endpoint> endpoints,
    int connections,
    int clients,
    OptionalLong rate,
    Duration warmup,
    Duration measure,
    long timeoutMillis,
    List<Long> serverPids,
    Counters counters) {
  public LoadPlan {
    endpoints = List.copyOf(endpoints);
    serverPids = List.copyOf(serverPids);
    if (endpoints.isEmpty() || connections < 1 || clients < connections) {
      throw new IllegalArgumentException(
          "needs an endpoint, a connection and at least one client for each connection");
    }
    if (rate.isPresent() && rate.getAsLong() < 1) {
      throw new IllegalArgumentException("the rate must be at least 1 a second");
    }
  }
}
