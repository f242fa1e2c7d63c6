package io.flotilla.node.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.concurrent.atomic.LongAdder;

/// A histogram of durations whose bounds double, so that recording is a bit scan and two additions.
/// Any thread.
final class Doubling {
  private static final double NANOS_PER_SECOND = 1e9;

  private final Labels labels;
  private final long firstNanos;
  private final LongAdder[] counts;
  private final LongAdder sumNanos = new LongAdder();

  /// @param firstNanos the lowest bound
  /// @param bounds how many there are, without the infinite one
  Doubling(Labels labels, long firstNanos, int bounds) {
    this.labels = labels;
    this.firstNanos = firstNanos;
    this.counts = new LongAdder[bounds + 1];
    for (int i = 0; i <= bounds; i++) {
      counts[i] = new LongAdder();
    }
  }

  void record(long nanos) {
    counts[bucketOf(nanos)].increment();
    sumNanos.add(Math.max(0, nanos));
  }

  /// The first bucket whose bound is not below.
  private int bucketOf(long nanos) {
    if (nanos <= firstNanos) {
      return 0;
    }
    int doublings = Long.SIZE - Long.numberOfLeadingZeros((nanos - 1) / firstNanos);
    return Math.min(doublings, counts.length - 1);
  }

  HistogramDataPointSnapshot snapshot() {
    double[] bounds = new double[counts.length];
    long[] values = new long[counts.length];
    for (int i = 0; i < counts.length; i++) {
      bounds[i] = (firstNanos << i) / NANOS_PER_SECOND;
      values[i] = counts[i].sum();
    }
    bounds[counts.length - 1] = Double.POSITIVE_INFINITY;
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, values))
        .sum(sumNanos.sum() / NANOS_PER_SECOND)
        .labels(labels)
        .build();
  }
}
