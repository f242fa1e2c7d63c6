package io.flotilla.raft.shard;

import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.BitSet;
import java.util.List;

/// Which branch a txn and each txn nested in a taken branch takes. All compares see the state from
/// before the txn, also the nested ones (etcd behaviour), so it is decided before anything runs.
final class TxnPath {
  private final BitSet succeeded = new BitSet();
  private int count;

  private TxnPath() {}

  static TxnPath decide(TxnRequest txn, KeyView before) {
    var path = new TxnPath();
    path.decideLevel(txn, before);
    return path;
  }

  private void decideLevel(TxnRequest txn, KeyView before) {
    boolean holds = true;
    for (Compare compare : txn.getCompareList()) {
      if (!CompareRun.holds(before, compare)) {
        holds = false;
        break;
      }
    }
    succeeded.set(count++, holds);
    for (RequestOp op : branch(txn, holds)) {
      if (op.hasRequestTxn()) {
        decideLevel(op.getRequestTxn(), before);
      }
    }
  }

  static List<RequestOp> branch(TxnRequest txn, boolean succeeded) {
    return succeeded ? txn.getSuccessList() : txn.getFailureList();
  }

  /// Tells the decisions in the order in which the txns are met, outermost first.
  Replay replay() {
    return new Replay();
  }

  final class Replay {
    private int next;

    boolean succeeds() {
      return succeeded.get(next++);
    }
  }
}
