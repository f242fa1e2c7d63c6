package io.flotilla.loadtest.workload;

import com.google.protobuf.ByteString;
import io.flotilla.loadtest.client.Connection;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.RangeRequest;
import io.vertx.core.Future;

/// Reads of one key, or of `span` keys in a row.
///
/// @param span keys in one answer, at least 1
public record RangeWorkload(Keys keys, long span, boolean serializable) implements Workload {
  private static final ByteString TO_THE_END = ByteString.copyFrom(new byte[] {0});

  @Override
  public boolean needsKeys() {
    return true;
  }

  @Override
  public Future<?> send(Connection connection) {
    var request =
        RangeRequest.newBuilder().setKey(keys.key(keys.pick())).setSerializable(serializable);
    if (span > 1) {
      request.setRangeEnd(TO_THE_END).setLimit(span);
    }
    return connection.call(KVGrpcClient.Range, request.build());
  }
}
