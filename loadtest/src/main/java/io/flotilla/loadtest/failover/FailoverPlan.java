package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.client.Endpoint;
import java.time.Duration;
import java.util.List;

/// How a failover run is made.
///
/// @param endpoints every member that clients may use
/// @param writing how the writes are sent
/// @param members how many of them have to be in step with the leader for the cluster to be whole;
///     fewer than all when an event adds or removes members
/// @param rounds how many events there are
/// @param parts the clients are told apart in so many parts
/// @param schedule when they are
/// @param keys what is written
public record FailoverPlan(
    List<Endpoint> endpoints,
    Writing writing,
    int members,
    int rounds,
    int parts,
    Schedule schedule,
    WriteKeys keys) {
  private static final int CLIENTS_MAX = 10_000;

  public FailoverPlan {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty() || rounds < 1) {
      throw new IllegalArgumentException("needs an endpoint and a round");
    }
    if (members < 1 || members > endpoints.size()) {
      throw new IllegalArgumentException("needs 1 to %d members".formatted(endpoints.size()));
    }
  }

  /// @throws IllegalArgumentException when there are more parts than clients
  public KeyParts keyParts() {
    return new KeyParts(keys, writing.clients(), parts);
  }

  /// The load.
  ///
  /// @param clients each has one connection; client N begins with endpoint N modulo their number
  /// @param ratePerSecond writes due in a second, over all clients
  /// @param inFlightMax writes of one client that may be under way; what is due beyond that waits
  /// @param lateMillis a write that is acknowledged later than this after it was due is late
  public record Writing(
      int clients, long ratePerSecond, int inFlightMax, Deadlines deadlines, long lateMillis) {
    public Writing {
      if (clients < 1 || clients >= CLIENTS_MAX || ratePerSecond < 1 || inFlightMax < 1) {
        throw new IllegalArgumentException(
            "needs 1 to 9999 clients, a write a second and one in flight at least");
      }
    }
  }

  /// The parts of a round.
  ///
  /// @param warmup load before the first round
  /// @param quiet load before an event
  /// @param hold from the event to the restoration
  /// @param recoverMax how long the cluster may take until it is whole after the restoration
  /// @param settle load after that
  public record Schedule(
      Duration warmup, Duration quiet, Duration hold, Duration recoverMax, Duration settle) {}
}
