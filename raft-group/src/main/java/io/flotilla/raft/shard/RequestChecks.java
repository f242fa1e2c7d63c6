package io.flotilla.raft.shard;

import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The checks of a request by itself, in etcd's order, so that the first fault is etcd's. They come
/// before the request is authorised or proposed. The state machine stays whole without them, but
/// then its answers are not etcd's.
public final class RequestChecks {
  private RequestChecks() {}

  /// The first fault; null for none, as all the checks here.
  public static @Nullable RequestFault check(RangeRequest request) {
    if (request.getKey().isEmpty()) {
      return RequestFault.EMPTY_KEY;
    }
    boolean known =
        request.getSortOrder() != RangeRequest.SortOrder.UNRECOGNIZED
            && request.getSortTarget() != RangeRequest.SortTarget.UNRECOGNIZED;
    return known ? null : RequestFault.INVALID_SORT;
  }

  public static @Nullable RequestFault check(PutRequest request) {
    if (request.getKey().isEmpty()) {
      return RequestFault.EMPTY_KEY;
    }
    if (request.getIgnoreValue() && !request.getValue().isEmpty()) {
      return RequestFault.VALUE_PROVIDED;
    }
    if (request.getIgnoreLease() && request.getLease() != 0) {
      return RequestFault.LEASE_PROVIDED;
    }
    return null;
  }

  public static @Nullable RequestFault check(DeleteRangeRequest request) {
    return request.getKey().isEmpty() ? RequestFault.EMPTY_KEY : null;
  }

  /// Checks a txn with everything nested in it. A nested txn may be as large as what its parent's
  /// largest list leaves of the limit.
  ///
  /// @param maxOps most entries in any list of the outermost txn
  public static @Nullable RequestFault check(TxnRequest request, int maxOps) {
    RequestFault fault = checkLevel(request, maxOps);
    if (fault == null) {
      fault = TxnOverlap.check(request.getSuccessList());
    }
    if (fault == null) {
      fault = TxnOverlap.check(request.getFailureList());
    }
    return fault;
  }

  private static @Nullable RequestFault checkLevel(TxnRequest txn, int budget) {
    int size =
        Math.max(txn.getCompareCount(), Math.max(txn.getSuccessCount(), txn.getFailureCount()));
    if (size > budget) {
      return RequestFault.TOO_MANY_OPS;
    }
    for (Compare compare : txn.getCompareList()) {
      if (compare.getKey().isEmpty()) {
        return RequestFault.EMPTY_KEY;
      }
    }
    RequestFault fault = checkOps(txn.getSuccessList(), budget - size);
    return fault != null ? fault : checkOps(txn.getFailureList(), budget - size);
  }

  private static @Nullable RequestFault checkOps(List<RequestOp> ops, int nestedBudget) {
    for (RequestOp op : ops) {
      RequestFault fault =
          switch (op.getRequestCase()) {
            case REQUEST_RANGE -> check(op.getRequestRange());
            case REQUEST_PUT -> check(op.getRequestPut());
            case REQUEST_DELETE_RANGE -> check(op.getRequestDeleteRange());
            case REQUEST_TXN -> checkLevel(op.getRequestTxn(), nestedBudget);
            case REQUEST_NOT_SET -> RequestFault.KEY_NOT_FOUND;
          };
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }
}
