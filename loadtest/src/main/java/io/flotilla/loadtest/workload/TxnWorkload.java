package io.flotilla.loadtest.workload;

import com.google.protobuf.ByteString;
import io.flotilla.loadtest.client.Connection;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicLongArray;

/// Optimistic updates as Kubernetes makes them: put a key if its mod revision is the one seen
/// last, otherwise read it. A lost race is an answer like any other.
public final class TxnWorkload implements Workload {
  private final Keys keys;
  private final AtomicLongArray seenRevisions;

  public TxnWorkload(Keys keys) {
    this.keys = keys;
    this.seenRevisions = new AtomicLongArray(Math.toIntExact(keys.count()));
  }

  @Override
  public boolean needsKeys() {
    return false;
  }

  @Override
  public Future<?> send(Connection connection) {
    int index = (int) keys.pick();
    ByteString key = keys.key(index);
    var unchanged =
        Compare.newBuilder()
            .setKey(key)
            .setTarget(Compare.CompareTarget.MOD)
            .setResult(Compare.CompareResult.EQUAL)
            .setModRevision(seenRevisions.get(index));
    var put = PutRequest.newBuilder().setKey(key).setValue(keys.value());
    var txn =
        TxnRequest.newBuilder()
            .addCompare(unchanged)
            .addSuccess(RequestOp.newBuilder().setRequestPut(put))
            .addFailure(
                RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)));
    return connection
        .call(KVGrpcClient.Txn, txn.build())
        .onSuccess(answer -> seenRevisions.set(index, modRevision(answer)));
  }

  private static long modRevision(TxnResponse answer) {
    if (answer.getSucceeded()) {
      return answer.getHeader().getRevision();
    }
    var range = answer.getResponses(0).getResponseRange();
    return range.getKvsCount() == 0 ? 0 : range.getKvs(0).getModRevision();
  }
}
