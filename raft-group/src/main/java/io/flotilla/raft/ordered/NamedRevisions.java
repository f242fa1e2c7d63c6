package io.flotilla.raft.ordered;

import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;

/// Which revisions a txn compares with. Those of mutations that wait for their order are not known
/// but above every one that is in the order, so a comparison with the latter decides alike whether
/// they are ordered yet or not.
final class NamedRevisions {
  private NamedRevisions() {}

  /// The highest revision that a compare or a bound of any branch names; 0 if none does. A range
  /// that is to be read at a revision of its own counts as naming one that never is in the order:
  /// whether it was compacted must not depend on when the txn runs.
  static long highest(TxnRequest txn) {
    long highest = 0;
    for (Compare compare : txn.getCompareList()) {
      highest = Math.max(highest, named(compare));
    }
    highest = Math.max(highest, highest(txn.getSuccessList()));
    return Math.max(highest, highest(txn.getFailureList()));
  }

  private static long named(Compare compare) {
    return switch (compare.getTarget()) {
      case CREATE -> compare.getCreateRevision();
      case MOD -> compare.getModRevision();
      case VERSION, VALUE, LEASE, UNRECOGNIZED -> 0;
    };
  }

  private static long highest(List<RequestOp> ops) {
    long highest = 0;
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        highest = Math.max(highest, highest(op.getRequestTxn()));
      } else if (op.hasRequestRange()) {
        highest = Math.max(highest, highest(op.getRequestRange()));
      }
    }
    return highest;
  }

  private static long highest(RangeRequest range) {
    if (range.getRevision() != 0) {
      return Long.MAX_VALUE;
    }
    long mod = Math.max(range.getMinModRevision(), range.getMaxModRevision());
    long create = Math.max(range.getMinCreateRevision(), range.getMaxCreateRevision());
    return Math.max(mod, create);
  }
}
