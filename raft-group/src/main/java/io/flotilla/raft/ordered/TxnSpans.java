package io.flotilla.raft.ordered;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Which keys a request may read or write, in any of its branches.
final class TxnSpans {
  private TxnSpans() {}

  /// Visits the intervals of a put, a delete or a txn. Empty ones are left out.
  static void visit(Command command, Consumer<KeyRange> visitor) {
    switch (command.getBodyCase()) {
      case PUT -> visitor.accept(single(command.getPut().getKey()));
      case DELETE_RANGE -> {
        var delete = command.getDeleteRange();
        accept(delete.getKey(), delete.getRangeEnd(), visitor);
      }
      case TXN -> visit(command.getTxn(), visitor);
      default -> throw new IllegalArgumentException("touches no keys: " + command.getBodyCase());
    }
  }

  static void visit(TxnRequest txn, Consumer<KeyRange> visitor) {
    for (Compare compare : txn.getCompareList()) {
      accept(compare.getKey(), compare.getRangeEnd(), visitor);
    }
    visit(txn.getSuccessList(), visitor);
    visit(txn.getFailureList(), visitor);
  }

  private static void visit(List<RequestOp> ops, Consumer<KeyRange> visitor) {
    for (RequestOp op : ops) {
      switch (op.getRequestCase()) {
        case REQUEST_TXN -> visit(op.getRequestTxn(), visitor);
        case REQUEST_PUT -> visitor.accept(single(op.getRequestPut().getKey()));
        case REQUEST_RANGE -> {
          var range = op.getRequestRange();
          accept(range.getKey(), range.getRangeEnd(), visitor);
        }
        case REQUEST_DELETE_RANGE -> {
          var delete = op.getRequestDeleteRange();
          accept(delete.getKey(), delete.getRangeEnd(), visitor);
        }
        case REQUEST_NOT_SET -> {}
      }
    }
  }

  /// The leases that puts of any branch name, ascending.
  static SortedSet<Long> leases(TxnRequest txn) {
    SortedSet<Long> leases = Collections.emptySortedSet();
    leases = leases(txn.getSuccessList(), leases);
    return leases(txn.getFailureList(), leases);
  }

  /// Most txns name none, and make no set.
  private static SortedSet<Long> leases(List<RequestOp> ops, SortedSet<Long> before) {
    SortedSet<Long> leases = before;
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        leases = leases(op.getRequestTxn().getSuccessList(), leases);
        leases = leases(op.getRequestTxn().getFailureList(), leases);
      } else if (op.hasRequestPut() && op.getRequestPut().getLease() != 0) {
        leases = leases.isEmpty() ? new TreeSet<>() : leases;
        leases.add(op.getRequestPut().getLease());
      }
    }
    return leases;
  }

  private static KeyRange single(ByteString key) {
    return KeyRange.single(Key.of(key.toByteArray()));
  }

  private static void accept(ByteString key, ByteString rangeEnd, Consumer<KeyRange> visitor) {
    var span = KeyRange.ofEtcd(key.toByteArray(), rangeEnd.toByteArray());
    if (!span.isEmpty()) {
      visitor.accept(span);
    }
  }
}
