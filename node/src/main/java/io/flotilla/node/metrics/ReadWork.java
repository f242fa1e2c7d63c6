package io.flotilla.node.metrics;

import io.flotilla.base.port.Clock;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponseOrBuilder;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/// Counts and times the reads of keys, on the group's loop.
final class ReadWork {
  private final Clock clock;
  private final StoreOperations operations;
  private final Doubling rangeSucceeded;
  private final Doubling rangeFailed;
  private final Doubling hash;

  ReadWork(PrometheusRegistry families, Clock clock, StoreOperations operations) {
    this.clock = clock;
    this.operations = operations;
    var ranges =
        new DoublingFamily(
            "etcd_server_range_duration_seconds",
            "Reading one range outside of a txn",
            100_000,
            20);
    this.rangeSucceeded = ranges.with("success", "true");
    this.rangeFailed = ranges.with("success", "false");
    families.register(ranges);
    var hashes =
        new DoublingFamily(
            "etcd_mvcc_hash_rev_duration_seconds",
            "Hashing the keys and their history",
            10_000_000,
            15);
    this.hash = hashes.with();
    families.register(hashes);
  }

  /// A run of `query` that is counted.
  <T> QueryRun<T> measured(Query<T> query, QueryRun<T> run) {
    if (query instanceof ShardQuery.Range) {
      return range(run);
    }
    if (query instanceof ShardQuery.ReadTxn txn) {
      return new ObservedRun<>(run, result -> txn(txn.request(), result));
    }
    return query instanceof ShardQuery.HashKv ? hash(run) : run;
  }

  private <T> QueryRun<T> range(QueryRun<T> run) {
    operations.range();
    return new TimedRun<>(run, clock, rangeSucceeded, rangeFailed);
  }

  private <T> QueryRun<T> hash(QueryRun<T> run) {
    return new TimedRun<>(run, clock, hash, hash);
  }

  /// @param result a reply with the txn's response
  private void txn(TxnRequest request, Object result) {
    if (result instanceof Reply<?> reply
        && reply.response() instanceof TxnResponseOrBuilder response) {
      operations.txn(request, response);
    }
  }
}
