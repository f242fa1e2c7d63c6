package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.cluster.ClusterStatus;

/// Makes something happen to the cluster, and undoes it. Called from a plain thread while the load
/// goes on; returns when it is done.
public interface Trigger {
  /// What a trigger may need to know.
  ///
  /// @param number of the round, from 1
  /// @param before the cluster right before the event
  record Round(int number, ClusterStatus before) {
    /// The place of an endpoint in the list of all, from 0.
    int index(Endpoint endpoint) {
      return before.asked().indexOf(endpoint);
    }
  }

  /// @throws IllegalStateException when it did not work
  void event(Round round);

  /// @throws IllegalStateException when it did not work
  void restore(Round round);
}
