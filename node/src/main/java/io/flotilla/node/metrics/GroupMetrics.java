package io.flotilla.node.metrics;

import io.flotilla.base.GroupId;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToDoubleFunction;

/// The shard groups of which this node has a replica. The label is bounded: groups beyond the first
/// so many count in sums only.
final class GroupMetrics {
  static final int LABELLED = 64;

  private final MeterRegistry meters;
  private final ReadWork reads;
  private final StoreOperations operations;
  private final Map<GroupId, MeasuredShard> groups = new ConcurrentSkipListMap<>();

  GroupMetrics(MeterRegistry meters, ReadWork reads, StoreOperations operations) {
    this.meters = meters;
    this.reads = reads;
    this.operations = operations;
  }

  StateMachine measured(GroupId group, ShardGroupMachine machine) {
    var measured = new MeasuredShard(machine, reads, operations);
    if (groups.put(group, measured) == null && groups.size() <= LABELLED) {
      register(group);
    }
    return measured;
  }

  private void register(GroupId group) {
    gauge(group, "leads", "Whether this node leads the group", m -> m.figures().leads() ? 1 : 0);
    gauge(group, "keys", "Keys of the group that exist", m -> m.figures().keys());
    gauge(group, "store.size.in.bytes", "Bytes of its store", m -> m.figures().storeBytes());
    gauge(group, "head.revision", "Its newest revision", m -> m.figures().head());
    gauge(
        group,
        "unordered",
        "Its mutations that are executed and have no revision here",
        m -> m.figures().unordered());
    gauge(
        group,
        "locked",
        "Transactions over several groups that hold locks in it",
        m -> m.figures().locked());
  }

  private void gauge(
      GroupId group, String name, String what, ToDoubleFunction<MeasuredShard> value) {
    Gauge.builder("flotilla.group." + name, () -> value.applyAsDouble(groups.get(group)))
        .description(what)
        .tags(Tags.of("group", group.toString()))
        .register(meters);
  }

  /// Keys of all these groups; any thread.
  long keys() {
    return groups.values().stream().mapToLong(group -> group.figures().keys()).sum();
  }

  /// Bytes of all their stores; any thread.
  long storeBytes() {
    return groups.values().stream().mapToLong(group -> group.figures().storeBytes()).sum();
  }
}
