package io.flotilla.raft.ordered;

import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;

/// Visits a txn in the order in which its compares, operations and nested txns are numbered. What
/// decides is asked before the branches are visited.
abstract class TxnWalk {
  private int txns;
  private int compares;
  private int operations;

  /// Begins at the outermost txn.
  final void walk(TxnRequest txn) {
    walk(txn, true);
  }

  private void walk(TxnRequest txn, boolean taken) {
    int number = txns++;
    int first = compares;
    compares += txn.getCompareCount();
    boolean holds = holds(number, txn.getCompareList(), first);
    walk(txn.getSuccessList(), taken && holds);
    walk(txn.getFailureList(), taken && !holds);
  }

  private void walk(List<RequestOp> ops, boolean taken) {
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        walk(op.getRequestTxn(), taken);
      } else {
        operation(operations++, op, taken);
      }
    }
  }

  /// Whether the compares of a txn hold.
  ///
  /// @param txn its number
  /// @param firstCompare the number of the first of `own`
  abstract boolean holds(int txn, List<Compare> own, int firstCompare);

  /// @param taken whether it is in a branch that is taken
  void operation(int number, RequestOp op, boolean taken) {}
}
