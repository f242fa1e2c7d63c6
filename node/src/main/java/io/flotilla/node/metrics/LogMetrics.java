package io.flotilla.node.metrics;

import io.flotilla.storage.wal.WalCounters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Supplier;

/// The write-ahead log on its disk.
final class LogMetrics {
  private final Doubling sync;

  LogMetrics(PrometheusRegistry families) {
    var family =
        new DoublingFamily(
            "etcd_disk_wal_fsync_duration_seconds",
            "Writing and forcing a group of entries",
            1_000_000,
            14);
    this.sync = family.with();
    families.register(family);
  }

  void synced(long nanos) {
    sync.record(nanos);
  }

  static void register(MeterRegistry meters, Supplier<WalCounters> counters) {
    Gauge.builder("etcd_disk_wal_write_bytes", () -> counters.get().bytesWritten())
        .description("Bytes written to the log since the start")
        .register(meters);
    Gauge.builder("flotilla_wal_segments", () -> counters.get().segments())
        .description("Files of the log in use")
        .register(meters);
  }
}
