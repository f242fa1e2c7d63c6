package io.flotilla.node.metrics;

import io.flotilla.base.NodeId;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.router.front.ApiVersion;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// What this member is and what state the root group is in, as they were when last published.
///
/// @param shardBytes what the stores of other groups take on this node
record StateMetrics(MeterRegistry meters, NodeMetrics.Sources sources, LongSupplier shardBytes) {
  private static final List<AlarmType> ALARMS = List.of(AlarmType.NOSPACE, AlarmType.CORRUPT);

  void register(NodeConfig config) {
    registerIdentity();
    registerReplica();
    registerStore();
    long quota = config.storage().quotaBytes();
    gauge("etcd_server_quota_backend_bytes", "The space quota in force", Tags.empty(), () -> quota);
  }

  private void registerIdentity() {
    constant("etcd_server_id", "This member", "server_id", sources.self().toString());
    constant("etcd_server_version", "Version of the API", "server_version", ApiVersion.SERVER);
    constant(
        "etcd_cluster_version",
        "Version that all members have",
        "cluster_version",
        ApiVersion.CLUSTER_MINOR);
  }

  private void registerReplica() {
    replica(
        "etcd_server_has_leader",
        "Whether a leader is known",
        now -> now.leader().equals(NodeId.NONE) ? 0 : 1);
    replica("etcd_server_is_leader", "Whether this is it", now -> now.isLeader() ? 1 : 0);
    replica(
        "etcd_server_is_learner",
        "Whether this member has no vote",
        now -> now.membership().learners().contains(sources.self()) ? 1 : 0);
    replica(
        "etcd_server_proposals_committed",
        "Index of the last committed entry",
        GroupStatus::commitIndex);
    replica(
        "etcd_server_proposals_applied",
        "Index of the last applied entry",
        GroupStatus::appliedIndex);
  }

  private void registerStore() {
    store(
        "etcd_mvcc_db_total_size_in_bytes",
        "Bytes of the database",
        now -> now.storeBytes() + shardBytes.getAsLong());
    store(
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "Bytes of it that hold something",
        now -> now.usedBytes() + shardBytes.getAsLong());
    store("etcd_debugging_mvcc_current_revision", "The newest revision", RootFacts::revision);
    store(
        "etcd_debugging_auth_revision",
        "How often users and roles changed, and one",
        now -> now.auth().revision());
    for (AlarmType type : ALARMS) {
      gauge(
          "etcd_debugging_server_alarms",
          "Whether this member's alarm is on",
          Tags.of("server_id", sources.self().toString(), "alarm_type", type.name()),
          () -> isOn(type) ? 1 : 0);
    }
  }

  private boolean isOn(AlarmType type) {
    return sources.facts().get().alarms().stream()
        .anyMatch(
            alarm -> alarm.getAlarm() == type && alarm.getMemberID() == sources.self().value());
  }

  private void constant(String name, String what, String label, String value) {
    gauge(name, what, Tags.of(label, value), () -> 1);
  }

  private void replica(String name, String what, ToDoubleFunction<GroupStatus> value) {
    gauge(name, what, Tags.empty(), () -> value.applyAsDouble(sources.status().get()));
  }

  private void store(String name, String what, ToDoubleFunction<RootFacts> value) {
    gauge(name, what, Tags.empty(), () -> value.applyAsDouble(sources.facts().get()));
  }

  private void gauge(String name, String what, Tags tags, Supplier<Number> value) {
    Gauge.builder(name, value).description(what).tags(tags).register(meters);
  }
}
