package io.flotilla.loadtest.cluster;

import io.flotilla.loadtest.client.Endpoint;
import java.util.List;

/// Applies an [EndpointPolicy] to a cluster as it is now.
public final class EndpointChooser {
  private final StatusReader reader;
  private final EndpointPolicy policy;

  public EndpointChooser(StatusReader reader, EndpointPolicy policy) {
    this.reader = reader;
    this.policy = policy;
  }

  /// @throws IllegalStateException when no endpoint is what the policy asks for
  public List<Endpoint> choose(List<Endpoint> endpoints) {
    return policy.choose(
        policy.needsStatus() ? reader.read(endpoints) : new ClusterStatus(endpoints, List.of()));
  }
}
