package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import org.jspecify.annotations.Nullable;

/// What only the state can tell about the operations that will run, checked before any of them
/// does: either all run or none. Operations of the branch not taken are not looked at.
final class TxnChecks {
  private final Executor executor;
  private final KeyView before;
  private @Nullable Rejection ofPuts;
  private @Nullable Rejection ofRanges;

  private TxnChecks(Executor executor, KeyView before) {
    this.executor = executor;
    this.before = before;
  }

  /// The first refusal. etcd behaviour: every put is checked before any range.
  static @Nullable Rejection check(
      TxnRequest txn, TxnPath.Replay path, Executor executor, KeyView before) {
    var checks = new TxnChecks(executor, before);
    checks.visit(txn, path);
    return checks.ofPuts != null ? checks.ofPuts : checks.ofRanges;
  }

  private void visit(TxnRequest txn, TxnPath.Replay path) {
    for (RequestOp op : TxnPath.branch(txn, path.succeeds())) {
      switch (op.getRequestCase()) {
        case REQUEST_TXN -> visit(op.getRequestTxn(), path);
        case REQUEST_PUT -> ofPuts = ofPuts != null ? ofPuts : checkPut(op.getRequestPut());
        case REQUEST_RANGE -> ofRanges = ofRanges != null ? ofRanges : check(op.getRequestRange());
        case REQUEST_NOT_SET -> ofPuts = ofPuts != null ? ofPuts : new Rejection.KeyNotFound();
        case REQUEST_DELETE_RANGE -> {}
      }
    }
  }

  private @Nullable Rejection check(RangeRequest range) {
    return RevisionChecks.inTxn(executor.store(), range);
  }

  /// etcd behaviour: inside a txn a missing key is found before an unknown lease.
  private @Nullable Rejection checkPut(PutRequest put) {
    Rejection refusal = executor.refuseMissing(put, before);
    return refusal != null ? refusal : executor.refuseLease(put);
  }
}
