package io.flotilla.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DoublingTest {
  private final Doubling histogram = new Doubling(Labels.EMPTY, 1_000_000, 3);

  private long[] counts() {
    var buckets = histogram.snapshot().getClassicBuckets();
    return IntStream.range(0, buckets.size()).mapToLong(buckets::getCount).toArray();
  }

  @Test
  void boundsDoubleAndEndWithInfinity() {
    var buckets = histogram.snapshot().getClassicBuckets();
    assertThat(IntStream.range(0, buckets.size()).mapToDouble(buckets::getUpperBound).toArray())
        .containsExactly(0.001, 0.002, 0.004, Double.POSITIVE_INFINITY);
  }

  @Test
  void aBoundBelongsToItsBucket() {
    for (long nanos : new long[] {1_000_000, 2_000_000, 4_000_000}) {
      histogram.record(nanos);
    }
    assertThat(counts()).containsExactly(1, 1, 1, 0);
  }

  @Test
  void whatIsAboveABoundBelongsToTheNextBucket() {
    for (long nanos : new long[] {1_000_001, 2_000_001, 4_000_001}) {
      histogram.record(nanos);
    }
    assertThat(counts()).containsExactly(0, 1, 1, 1);
  }

  @Test
  void extremesAreCounted() {
    histogram.record(0);
    histogram.record(-5);
    histogram.record(Long.MAX_VALUE);
    assertThat(counts()).containsExactly(2, 0, 0, 1);
  }

  @Test
  void sumIsInSeconds() {
    histogram.record(1_500_000_000);
    histogram.record(500_000_000);
    assertThat(histogram.snapshot().getSum()).isEqualTo(2.0);
  }
}
