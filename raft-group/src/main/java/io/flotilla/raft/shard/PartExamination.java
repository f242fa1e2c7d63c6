package io.flotilla.raft.shard;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;

/// What a group knows about a txn before it runs: which compares hold for its keys, and what the
/// operations of all branches would come to. Visits them in the order of their numbers.
final class PartExamination {
  /// `KeyNotFound` in flotilla.peer.Refused.
  static final int KEY_NOT_FOUND = 3;

  private final Executor executor;
  private final KeyView view;
  private final OwnKeys own;
  private final PrepareAnswer.Builder answer = PrepareAnswer.newBuilder();

  PartExamination(Executor executor, KeyView view, OwnKeys own) {
    this.executor = executor;
    this.view = view;
    this.own = own;
  }

  PrepareAnswer examine(TxnRequest txn) {
    visit(txn);
    return answer.build();
  }

  private void visit(TxnRequest txn) {
    txn.getCompareList().forEach(this::visit);
    visit(txn.getSuccessList());
    visit(txn.getFailureList());
  }

  private void visit(Compare compare) {
    boolean holds = true;
    boolean present = false;
    for (KeyRange span : own.clip(Pairs.range(compare.getKey(), compare.getRangeEnd()))) {
      var run = CompareRun.over(view, compare, span);
      if (run.found()) {
        present = true;
        holds &= run.holds();
      }
    }
    answer.addCompares(holds).addPresent(present);
  }

  private void visit(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        visit(op.getRequestTxn());
      } else {
        answer.addOperations(operation(op));
      }
    }
  }

  private PrepareAnswer.Operation operation(RequestOp op) {
    var operation = PrepareAnswer.Operation.newBuilder();
    switch (op.getRequestCase()) {
      case REQUEST_PUT -> {
        if (misses(op.getRequestPut())) {
          operation.setRefusalCode(KEY_NOT_FOUND);
        }
      }
      case REQUEST_DELETE_RANGE -> operation.setDeletes(deletes(op.getRequestDeleteRange()));
      case REQUEST_NOT_SET -> operation.setRefusalCode(KEY_NOT_FOUND);
      case REQUEST_RANGE, REQUEST_TXN -> {}
    }
    return operation.build();
  }

  private boolean misses(PutRequest put) {
    return own.contains(Pairs.key(put.getKey())) && executor.refuseMissing(put, view) != null;
  }

  private long deletes(DeleteRangeRequest delete) {
    long keys = 0;
    for (KeyRange span : own.clip(Pairs.range(delete.getKey(), delete.getRangeEnd()))) {
      keys += view.count(span);
    }
    return keys;
  }
}
