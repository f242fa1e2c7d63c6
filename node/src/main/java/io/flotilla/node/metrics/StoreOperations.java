package io.flotilla.node.metrics;

import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponseOrBuilder;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// Counts what was done to keys: operations that stand alone and those that a txn ran.
final class StoreOperations {
  private final LongAdder ranges = new LongAdder();
  private final LongAdder puts = new LongAdder();
  private final LongAdder deletes = new LongAdder();
  private final LongAdder txns = new LongAdder();
  private final LongAdder putBytes = new LongAdder();

  StoreOperations(MeterRegistry meters) {
    counter(meters, "etcd_mvcc_range", "Ranges read, alone or in a txn", ranges);
    counter(meters, "etcd_mvcc_put", "Puts, alone or in a txn", puts);
    counter(meters, "etcd_mvcc_delete", "Deletions of ranges, alone or in a txn", deletes);
    counter(meters, "etcd_mvcc_txn", "Txns of more than one operation", txns);
    Gauge.builder("etcd_debugging_mvcc_total_put_size_in_bytes", putBytes, LongAdder::sum)
        .description("Bytes of all keys and values put since the start")
        .register(meters);
  }

  private static void counter(MeterRegistry meters, String name, String what, LongAdder value) {
    FunctionCounter.builder(name, value, LongAdder::sum).description(what).register(meters);
  }

  void range() {
    ranges.increment();
  }

  void put(PutRequest request) {
    puts.increment();
    putBytes.add(request.getKey().size() + request.getValue().size());
  }

  void delete() {
    deletes.increment();
  }

  /// @param response says which branches ran
  void txn(TxnRequest request, TxnResponseOrBuilder response) {
    if (branch(request, response) > 1) {
      txns.increment();
    }
  }

  /// Counts the branch that ran; returns its operations, those of inner txns included.
  private int branch(TxnRequest request, TxnResponseOrBuilder response) {
    List<RequestOp> branch =
        response.getSucceeded() ? request.getSuccessList() : request.getFailureList();
    int operations = 0;
    for (int i = 0; i < branch.size(); i++) {
      operations += operation(branch.get(i), response, i);
    }
    return operations;
  }

  private int operation(RequestOp operation, TxnResponseOrBuilder response, int position) {
    switch (operation.getRequestCase()) {
      case REQUEST_RANGE -> range();
      case REQUEST_PUT -> put(operation.getRequestPut());
      case REQUEST_DELETE_RANGE -> delete();
      case REQUEST_TXN -> {
        return branch(
            operation.getRequestTxn(),
            response.getResponsesOrBuilder(position).getResponseTxnOrBuilder());
      }
      case REQUEST_NOT_SET -> {
        return 0;
      }
    }
    return 1;
  }
}
