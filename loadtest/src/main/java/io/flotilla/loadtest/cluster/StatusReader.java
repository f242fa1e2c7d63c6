package io.flotilla.loadtest.cluster;

import io.flotilla.loadtest.client.Connection;
import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.run.Waits;
import io.flotilla.proto.etcd.MaintenanceGrpcClient;
import io.flotilla.proto.etcd.StatusRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;

/// Asks every endpoint of a cluster how it is. Blocks; for a plain thread. A member that does not
/// answer within two seconds is left out of the status.
public final class StatusReader {
  private static final Deadlines DEADLINES = new Deadlines(1000, 1000);

  private final Vertx vertx;

  public StatusReader(Vertx vertx) {
    this.vertx = vertx;
  }

  public ClusterStatus read(List<Endpoint> endpoints) {
    List<Future<Optional<MemberStatus>>> asking = endpoints.stream().map(this::ask).toList();
    Waits.await(Future.all(asking), "ask the endpoints for their status");
    return new ClusterStatus(
        endpoints, asking.stream().map(Future::result).flatMap(Optional::stream).toList());
  }

  private Future<Optional<MemberStatus>> ask(Endpoint endpoint) {
    var connection = new Connection(vertx, endpoint, DEADLINES);
    return connection
        .call(MaintenanceGrpcClient.Status, StatusRequest.getDefaultInstance())
        .map(status -> Optional.of(MemberStatus.of(endpoint, status)))
        .otherwise(Optional.empty())
        .eventually(connection::close);
  }
}
