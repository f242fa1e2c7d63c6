package io.flotilla.raft.shard;

import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;

/// What a write is held to cost against the space quota, in bytes (etcd behaviour). A cost of 0 is
/// admitted even when the quota is used up.
public final class RequestCost {
  private static final long PUT_OVERHEAD_BYTES = 256;

  private RequestCost() {}

  public static long of(PutRequest put) {
    return PUT_OVERHEAD_BYTES + put.getKey().size() + put.getValue().size();
  }

  /// The puts of the dearer branch, with those of nested txns.
  public static long of(TxnRequest txn) {
    return Math.max(of(txn.getSuccessList()), of(txn.getFailureList()));
  }

  private static long of(List<RequestOp> ops) {
    long cost = 0;
    for (RequestOp op : ops) {
      cost +=
          switch (op.getRequestCase()) {
            case REQUEST_PUT -> of(op.getRequestPut());
            case REQUEST_TXN -> of(op.getRequestTxn());
            case REQUEST_RANGE, REQUEST_DELETE_RANGE, REQUEST_NOT_SET -> 0;
          };
    }
    return cost;
  }

  /// Whether a put is in either branch, at any depth: such a txn is refused while space is out.
  public static boolean puts(TxnRequest txn) {
    return puts(txn.getSuccessList()) || puts(txn.getFailureList());
  }

  private static boolean puts(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (op.hasRequestPut() || (op.hasRequestTxn() && puts(op.getRequestTxn()))) {
        return true;
      }
    }
    return false;
  }
}
