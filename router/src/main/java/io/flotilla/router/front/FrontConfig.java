package io.flotilla.router.front;

import io.flotilla.base.Invariants;
import io.flotilla.router.front.http.HttpRules;
import io.flotilla.router.front.rpc.CallLimits;
import java.util.List;

/// How the front behaves.
///
/// @param maxConcurrentStreams per connection, unsigned 32 bits
/// @param reflection whether gRPC clients may ask which methods there are
/// @param pings what is allowed of clients' pings
/// @param firstRequestMillis a connection that has not sent the head of a request by then is closed
/// @param drainMillis how long running calls may go on at shutdown
public record FrontConfig(
    List<Listener> listeners,
    CallLimits limits,
    HttpRules http,
    PingRules pings,
    long maxConcurrentStreams,
    boolean reflection,
    long firstRequestMillis,
    long drainMillis) {
  /// Pings of clients and of this server on HTTP/2 connections.
  ///
  /// @param minSpacingMillis clients that ping more often are sent away; 0 allows all
  /// @param intervalMillis between pings of an idle connection by this server; 0 for none
  /// @param timeoutMillis a connection that does not answer within it is closed; 0 for never
  public record PingRules(long minSpacingMillis, long intervalMillis, long timeoutMillis) {}

  public FrontConfig {
    listeners = List.copyOf(listeners);
    Invariants.checkAtMost(1, maxConcurrentStreams, "a connection has streams");
    Invariants.checkAtMost(maxConcurrentStreams, 0xFFFFFFFFL, "streams are counted in 32 bits");
    Invariants.checkAtMost(1, firstRequestMillis, "a client has time to say what it wants");
    Invariants.checkAtMost(0, drainMillis, "time is not negative");
  }
}
