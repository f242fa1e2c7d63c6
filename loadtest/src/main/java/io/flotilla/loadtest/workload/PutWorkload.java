package io.flotilla.loadtest.workload;

import io.flotilla.loadtest.client.Connection;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.PutRequest;
import io.vertx.core.Future;

/// Puts of single keys.
public record PutWorkload(Keys keys) implements Workload {
  @Override
  public boolean needsKeys() {
    return false;
  }

  @Override
  public Future<?> send(Connection connection) {
    return put(connection, keys.pick());
  }

  /// Puts the key of that number.
  public Future<?> put(Connection connection, long index) {
    var request = PutRequest.newBuilder().setKey(keys.key(index)).setValue(keys.value()).build();
    return connection.call(KVGrpcClient.Put, request);
  }
}
