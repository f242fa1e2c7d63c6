package io.flotilla.node.metrics;

import com.google.protobuf.ByteString;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.LongSupplier;

/// Figures of the store that only its loop may ask for: looked at on every tick, read by anyone.
final class StoreFigures {
  private static final ByteString ALL = ByteString.copyFrom(new byte[1]);
  static final ShardQuery.Range COUNT =
      new ShardQuery.Range(
          RangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL).setCountOnly(true).build());
  private static final int BUDGET = 1024;

  private volatile long keys;
  private volatile long compactRevision = -1;

  /// @param others keys of other groups; any thread
  StoreFigures(MeterRegistry meters, LongSupplier others) {
    Gauge.builder("etcd_debugging_mvcc_keys", () -> keys + others.getAsLong())
        .description("Keys that exist")
        .register(meters);
    Gauge.builder("etcd_debugging_mvcc_compact_revision", this, figures -> figures.compactRevision)
        .description("History below this revision is gone; -1 while there was no compaction")
        .register(meters);
  }

  /// On the group's loop. Counting all keys at the newest revision is no scan.
  void look(RootMachine machine) {
    compactRevision = machine.compactRevision();
    keys = keys(machine.query(COUNT));
  }

  /// Runs a query for [#COUNT].
  static long keys(QueryRun<Reply<RangeResponse.Builder>> run) {
    finish(run);
    long count = run.result().response().getCount();
    run.close();
    return count;
  }

  private static void finish(QueryRun<?> run) {
    boolean more = true;
    while (more) {
      more = run.step(BUDGET);
    }
  }
}
