package io.flotilla.placement.txn;

import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.RequestId;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The transactions at a coordinator: no more than there is room for, each found by its request id,
/// and running in their order. Owned by the loop.
final class TxnRoster {
  private final TxnCoordinator.Limits limits;
  private final TxnMetrics metrics;
  private final TxnQueue<CrossShardTxn> queue;
  // in the order of coming
  private final Set<CrossShardTxn> all = new LinkedHashSet<>();
  private final Map<RequestId, CrossShardTxn> byRequest = new HashMap<>();
  private long bytes;

  TxnRoster(TxnCoordinator.Limits limits, TxnMetrics metrics) {
    this.limits = limits;
    this.metrics = metrics;
    this.queue = new TxnQueue<>(limits.running());
  }

  int size() {
    return all.size();
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /// In the order of coming; stays as it is.
  List<CrossShardTxn> all() {
    return List.copyOf(all);
  }

  /// The transaction of the same request; null if there is none here.
  @Nullable CrossShardTxn same(Command command) {
    return command.hasId() ? byRequest.get(command.getId()) : null;
  }

  boolean hasRoomFor(CrossShardTxn txn) {
    return all.size() < limits.transactions() && bytes + txn.bytes <= limits.bytes();
  }

  void enter(CrossShardTxn txn, Claim claim) {
    all.add(txn);
    bytes += txn.bytes;
    if (txn.command.hasId()) {
      byRequest.put(txn.command.getId(), txn);
    }
    queue.enter(txn, claim);
    metrics.running(all.size());
  }

  /// Leaving twice does nothing.
  void leave(CrossShardTxn txn) {
    if (all.remove(txn)) {
      bytes -= txn.bytes;
      queue.leave(txn);
      if (txn.command.hasId()) {
        byRequest.remove(txn.command.getId());
      }
      metrics.running(all.size());
    }
  }

  /// Those that may run from now on.
  List<CrossShardTxn> next() {
    return queue.next();
  }
}
