package io.flotilla.node.metrics;

import com.google.protobuf.ByteString;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/// Figures of the store that only its loop may ask for: looked at on every tick, read by anyone.
final class StoreFigures {
  private static final ByteString ALL = ByteString.copyFrom(new byte[1]);
  private static final ShardQuery.Range COUNT =
      new ShardQuery.Range(
          RangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL).setCountOnly(true).build());
  private static final int BUDGET = 1024;

  private volatile long keys;
  private volatile long compactRevision = -1;

  StoreFigures(MeterRegistry meters) {
    Gauge.builder("etcd_debugging_mvcc_keys", this, figures -> figures.keys)
        .description("Keys that exist")
        .register(meters);
    Gauge.builder("etcd_debugging_mvcc_compact_revision", this, figures -> figures.compactRevision)
        .description("History below this revision is gone; -1 while there was no compaction")
        .register(meters);
  }

  /// On the group's loop. Counting all keys at the newest revision is no scan.
  void look(RootMachine machine) {
    compactRevision = machine.compactRevision();
    var run = machine.query(COUNT);
    finish(run);
    keys = run.result().response().getCount();
    run.close();
  }

  private static void finish(QueryRun<?> run) {
    boolean more = true;
    while (more) {
      more = run.step(BUDGET);
    }
  }
}
