package io.flotilla.node.cluster;

import io.flotilla.placement.member.Member;
import io.vertx.core.Future;
import java.util.List;

/// Asks nodes that run already who belongs to their cluster.
@FunctionalInterface
public interface ClusterProbe {
  /// Fails when the node cannot be reached, knows no cluster yet or does not answer in time.
  ///
  /// @param timeoutMillis after which the future has failed
  Future<Described> describe(String peerUrl, long timeoutMillis);

  /// A cluster as one of its nodes knows it.
  ///
  /// @param clusterId never 0
  record Described(long clusterId, List<Member> members) {
    public Described {
      members = List.copyOf(members);
      if (clusterId == 0) {
        throw new IllegalArgumentException("a cluster has an id");
      }
    }
  }

  /// Asks all at once.
  ///
  /// @return what those say that answer, in the order of the URLs; never fails
  default Future<List<Described>> describeAll(List<String> peerUrls, long timeoutMillis) {
    List<Future<Described>> asked =
        peerUrls.stream().map(url -> describe(url, timeoutMillis)).toList();
    if (asked.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return Future.join(asked)
        .transform(
            _ ->
                Future.succeededFuture(
                    asked.stream().filter(Future::succeeded).map(Future::result).toList()));
  }
}
