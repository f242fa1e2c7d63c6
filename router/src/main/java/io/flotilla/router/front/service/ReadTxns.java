package io.flotilla.router.front.service;

import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import java.util.List;

/// Txns that change nothing, by their form: they need no log entry.
final class ReadTxns {
  private ReadTxns() {}

  /// Whether both branches hold ranges only. A nested txn counts as a write whatever it holds (etcd
  /// behaviour).
  static boolean isReadOnly(TxnRequest txn) {
    return allRanges(txn.getSuccessList()) && allRanges(txn.getFailureList());
  }

  private static boolean allRanges(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (!op.hasRequestRange()) {
        return false;
      }
    }
    return true;
  }

  /// A read-only txn is serializable when each range is; so one without ranges is.
  static ReadMode mode(TxnRequest txn) {
    boolean serializable =
        allSerializable(txn.getSuccessList()) && allSerializable(txn.getFailureList());
    return serializable ? ReadMode.SERIALIZABLE : ReadMode.LINEARIZABLE;
  }

  private static boolean allSerializable(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (!op.getRequestRange().getSerializable()) {
        return false;
      }
    }
    return true;
  }
}
