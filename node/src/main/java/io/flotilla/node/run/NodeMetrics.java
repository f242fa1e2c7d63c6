package io.flotilla.node.run;

import io.flotilla.node.config.NodeConfig;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.raft.host.GroupStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.util.function.ToDoubleFunction;

/// The node's own gauges, under etcd's names where the meaning is equal.
final class NodeMetrics {
  private NodeMetrics() {}

  static void register(MeterRegistry meters, NodeConfig config, RootGroup root) {
    status(meters, root, "etcd_server_has_leader", "Whether a leader is known", s -> known(s));
    status(meters, root, "etcd_server_is_leader", "Whether this is it", s -> s.isLeader() ? 1 : 0);
    status(
        meters,
        root,
        "etcd_server_proposals_committed_total",
        "Index of the last committed entry",
        GroupStatus::commitIndex);
    status(
        meters,
        root,
        "etcd_server_proposals_applied_total",
        "Index of the last applied entry",
        GroupStatus::appliedIndex);
    facts(
        meters,
        root,
        "etcd_mvcc_db_total_size_in_bytes",
        "Bytes of the database file",
        RootFacts::storeBytes);
    facts(
        meters,
        root,
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "Bytes of it that hold something",
        RootFacts::usedBytes);
    facts(
        meters,
        root,
        "etcd_debugging_mvcc_current_revision",
        "The newest revision",
        RootFacts::revision);
    Gauge.builder("etcd_server_quota_backend_bytes", () -> config.storage().quotaBytes())
        .description("The space quota in force")
        .register(meters);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmGcMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new FileDescriptorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
  }

  private static int known(GroupStatus status) {
    return status.leader().value() == 0 ? 0 : 1;
  }

  private static void status(
      MeterRegistry meters,
      RootGroup root,
      String name,
      String what,
      ToDoubleFunction<GroupStatus> value) {
    Gauge.builder(name, root, group -> value.applyAsDouble(group.group().status()))
        .description(what)
        .strongReference(true)
        .register(meters);
  }

  private static void facts(
      MeterRegistry meters,
      RootGroup root,
      String name,
      String what,
      ToDoubleFunction<RootFacts> value) {
    Gauge.builder(name, root, group -> value.applyAsDouble(group.machine().facts()))
        .description(what)
        .strongReference(true)
        .register(meters);
  }
}
