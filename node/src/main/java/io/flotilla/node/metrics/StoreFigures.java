package io.flotilla.node.metrics;

import io.flotilla.base.KeyRange;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.shard.OwnKeys;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/// Figures of the store that only its loop may ask for: looked at on every tick, read by anyone.
final class StoreFigures {
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

  /// On the group's loop. Counting keys at the newest revision is no scan.
  void look(RootMachine machine) {
    compactRevision = machine.compactRevision();
    keys = keys(machine.own(), machine::liveKeys);
  }

  /// How many keys a group serves; what it holds of others is on its way in or out.
  static long keys(OwnKeys own, ToLongFunction<KeyRange> count) {
    long keys = 0;
    for (KeyRange range : own.ranges()) {
      keys += count.applyAsLong(range);
    }
    return keys;
  }
}
