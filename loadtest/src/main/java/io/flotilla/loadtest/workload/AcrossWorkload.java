package io.flotilla.loadtest.workload;

import io.flotilla.loadtest.client.Connection;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.vertx.core.Future;
import java.util.List;

/// Transactions that put a key of each of several kinds: where the kinds are in several groups,
/// each of them is one over several groups.
public record AcrossWorkload(List<Keys> kinds) implements Workload {
  public AcrossWorkload {
    kinds = List.copyOf(kinds);
    if (kinds.isEmpty()) {
      throw new IllegalArgumentException("a transaction puts at least one key");
    }
  }

  @Override
  public boolean needsKeys() {
    return false;
  }

  @Override
  public Future<?> send(Connection connection) {
    var txn = TxnRequest.newBuilder();
    for (Keys keys : kinds) {
      var put = PutRequest.newBuilder().setKey(keys.key(keys.pick())).setValue(keys.value());
      txn.addSuccess(RequestOp.newBuilder().setRequestPut(put));
    }
    return connection.call(KVGrpcClient.Txn, txn.build());
  }
}
