package io.flotilla.contract.crash;

import com.google.protobuf.ByteString;
import io.flotilla.contract.Requests;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;
import java.util.Optional;

/// One atomic write: changes of different keys, in order.
record Write(List<Change> changes) {
  /// A key's new value; empty for a delete.
  record Change(ByteString key, Optional<ByteString> value) {
    RequestOp operation() {
      return value
          .map(bytes -> Requests.op(Requests.put(key, "").setValue(bytes)))
          .orElseGet(() -> Requests.op(Requests.delete(key)));
    }
  }

  Write {
    changes = List.copyOf(changes);
    if (changes.isEmpty()) {
      throw new IllegalArgumentException("a write changes something");
    }
  }

  TxnRequest.Builder transaction() {
    var txn = Requests.txn();
    changes.forEach(change -> txn.addSuccess(change.operation()));
    return txn;
  }
}
