package io.flotilla.node.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import java.util.ArrayList;
import java.util.List;

/// Histograms of one name with equal bounds. All are made before the first scrape.
final class DoublingFamily implements Collector {
  private final MetricMetadata metadata;
  private final long firstNanos;
  private final int bounds;
  private final List<Doubling> members = new ArrayList<>();

  /// @param name ends with `_seconds`
  /// @param firstNanos the lowest bound
  /// @param bounds how many there are, without the infinite one
  DoublingFamily(String name, String help, long firstNanos, int bounds) {
    this.metadata = new MetricMetadata(name, help);
    this.firstNanos = firstNanos;
    this.bounds = bounds;
  }

  /// @param labels names and values in turn
  Doubling with(String... labels) {
    var member = new Doubling(Labels.of(labels), firstNanos, bounds);
    members.add(member);
    return member;
  }

  @Override
  public HistogramSnapshot collect() {
    return new HistogramSnapshot(metadata, members.stream().map(Doubling::snapshot).toList());
  }

  @Override
  public String getPrometheusName() {
    return metadata.getPrometheusName();
  }
}
