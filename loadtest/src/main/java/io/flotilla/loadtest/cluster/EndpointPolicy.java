package io.flotilla.loadtest.cluster;

import io.flotilla.loadtest.client.Endpoint;
import java.util.List;

/// Which of the given endpoints the connections of a run go to. Every connection stays with one.
public enum EndpointPolicy {
  /// All of them, in turn.
  SPREAD,
  /// The one that leads when the run begins.
  LEADER,
  /// The voters that do not lead when the run begins, in turn.
  FOLLOWER,
  /// The one that is named first.
  FIRST;

  /// Whether [#choose] has to know the state of the cluster.
  public boolean needsStatus() {
    return this == LEADER || this == FOLLOWER;
  }

  /// The endpoints to use, in the order in which connections are given to them.
  ///
  /// @throws IllegalStateException when there is no such endpoint
  public List<Endpoint> choose(ClusterStatus status) {
    List<Endpoint> chosen =
        switch (this) {
          case SPREAD -> status.asked();
          case FIRST -> status.asked().subList(0, 1);
          case LEADER -> status.leader().stream().toList();
          case FOLLOWER -> status.followers();
        };
    if (chosen.isEmpty()) {
      String wanted = this == LEADER ? "leads" : "follows";
      throw new IllegalStateException("no endpoint " + wanted + ": " + status.describe());
    }
    return chosen;
  }
}
