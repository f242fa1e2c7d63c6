package io.flotilla.node.metrics;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The shard groups of which this node has a replica; they come and go. The label is bounded: at
/// most so many groups have it at once, others count in sums only. Groups come and go on one thread
/// at a time.
final class GroupMetrics {
  static final int LABELLED = 64;

  private final MeterRegistry meters;
  private final Clock clock;
  private final ReadWork reads;
  private final StoreOperations operations;
  private final Map<GroupId, MeasuredShard> groups = new ConcurrentSkipListMap<>();
  private final Map<GroupId, List<Meter>> gauges = new TreeMap<>();

  GroupMetrics(MeterRegistry meters, Clock clock, ReadWork reads, StoreOperations operations) {
    this.meters = meters;
    this.clock = clock;
    this.reads = reads;
    this.operations = operations;
  }

  StateMachine measured(GroupId group, ShardGroupMachine machine) {
    var measured = new MeasuredShard(machine, reads, operations, new Work(clock));
    groups.put(group, measured);
    label();
    return measured;
  }

  /// The group is no more; its place goes to one that has none.
  void forget(GroupId group) {
    gauges.getOrDefault(group, List.of()).forEach(meters::remove);
    gauges.remove(group);
    groups.remove(group);
    label();
  }

  private void label() {
    for (GroupId group : groups.keySet()) {
      if (gauges.size() < LABELLED && !gauges.containsKey(group)) {
        gauges.put(group, new ArrayList<>());
        register(group);
      }
    }
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
    MeasuredShard measured = groups.get(group);
    gauges
        .get(group)
        .add(
            Gauge.builder("flotilla.group." + name, () -> value.applyAsDouble(measured))
                .description(what)
                .tags(Tags.of("group", group.toString()))
                .register(meters));
  }

  /// What a group's replica has had to do; null when there is none.
  @Nullable Work work(GroupId group) {
    MeasuredShard measured = groups.get(group);
    return measured == null ? null : measured.work();
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
