package io.flotilla.router.auth;

import com.google.protobuf.ByteString;
import io.flotilla.placement.auth.Access;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import java.util.ArrayList;
import java.util.List;

/// Gathers what a request on keys touches, with everything nested in it: both branches count,
/// whichever will be taken. A previous value is read, and a key that joins a lease shares the fate
/// of all keys of the lease.
final class KeyNeeds {
  private final List<Needs.Span> spans = new ArrayList<>();
  private final List<Needs.Attached> leases = new ArrayList<>();

  KeyNeeds read(ByteString key, ByteString rangeEnd) {
    return add(Access.READ, key, rangeEnd);
  }

  private KeyNeeds add(Access access, ByteString key, ByteString rangeEnd) {
    spans.add(new Needs.Span(access, RequestNeeds.range(key, rangeEnd)));
    return this;
  }

  KeyNeeds put(PutRequest put) {
    add(Access.WRITE, put.getKey(), ByteString.EMPTY);
    if (put.getPrevKv()) {
      read(put.getKey(), ByteString.EMPTY);
    }
    if (put.getLease() != 0) {
      leases.add(new Needs.Attached(Access.WRITE, put.getLease(), ReadMode.LINEARIZABLE));
    }
    return this;
  }

  KeyNeeds delete(DeleteRangeRequest delete) {
    add(Access.WRITE, delete.getKey(), delete.getRangeEnd());
    if (delete.getPrevKv()) {
      read(delete.getKey(), delete.getRangeEnd());
    }
    return this;
  }

  KeyNeeds txn(TxnRequest txn) {
    for (Compare compare : txn.getCompareList()) {
      read(compare.getKey(), compare.getRangeEnd());
    }
    txn.getSuccessList().forEach(this::operation);
    txn.getFailureList().forEach(this::operation);
    return this;
  }

  private void operation(RequestOp operation) {
    switch (operation.getRequestCase()) {
      case REQUEST_RANGE -> {
        var range = operation.getRequestRange();
        read(range.getKey(), range.getRangeEnd());
      }
      case REQUEST_PUT -> put(operation.getRequestPut());
      case REQUEST_DELETE_RANGE -> delete(operation.getRequestDeleteRange());
      case REQUEST_TXN -> txn(operation.getRequestTxn());
      case REQUEST_NOT_SET -> {} // refused by itself
    }
  }

  /// @param local whether the node answers by itself
  Needs.Keys done(boolean local) {
    return new Needs.Keys(spans, leases, local);
  }

  /// Whether a txn holds nothing but ranges that any node answers by itself.
  static boolean isLocal(TxnRequest txn) {
    return allLocal(txn.getSuccessList()) && allLocal(txn.getFailureList());
  }

  private static boolean allLocal(List<RequestOp> operations) {
    return operations.stream()
        .allMatch(op -> op.hasRequestRange() && op.getRequestRange().getSerializable());
  }
}
