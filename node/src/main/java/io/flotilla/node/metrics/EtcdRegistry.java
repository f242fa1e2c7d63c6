package io.flotilla.node.metrics;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/// A registry whose page has etcd's names, also those that no registry would accept.
final class EtcdRegistry extends PrometheusMeterRegistry {
  EtcdRegistry() {
    super(PrometheusConfig.DEFAULT);
  }

  @Override
  public String scrape() {
    return EtcdNames.restore(super.scrape());
  }
}
