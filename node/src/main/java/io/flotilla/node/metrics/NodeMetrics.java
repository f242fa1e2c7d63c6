package io.flotilla.node.metrics;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.replica.ReplicaMeters;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.storage.wal.WalCounters;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// All that a node measures. Made first, handed to whatever is measured, and bound to the running
/// node last: scraping starts after that.
public final class NodeMetrics implements ReplicaMeters, AutoCloseable {
  /// Where the values of the page come from; all may be asked by any thread.
  ///
  /// @param status of this node's replica of the root group
  /// @param log the root group's
  public record Sources(
      NodeId self,
      Supplier<GroupStatus> status,
      Supplier<RootFacts> facts,
      Supplier<WalCounters> log) {}

  private final EtcdRegistry meters = new EtcdRegistry();
  private final JvmGcMetrics pauses = new JvmGcMetrics();
  private final LogMetrics log;
  private final LeaseMetrics leases;
  private final StoreWork work;
  private final ReadWork reads;
  private final GroupMetrics groups;
  private final StoreFigures figures;
  private final Work root;

  public NodeMetrics(Clock clock) {
    PrometheusRegistry families = meters.getPrometheusRegistry();
    log = new LogMetrics(families);
    leases = new LeaseMetrics(meters);
    var operations = new StoreOperations(meters);
    work = new StoreWork(meters, families, operations, leases);
    reads = new ReadWork(families, clock, operations);
    groups = new GroupMetrics(meters, clock, reads, operations);
    root = new Work(clock);
    figures = new StoreFigures(meters, groups::keys);
  }

  /// Where other modules register theirs; its page is the node's.
  @Override
  public PrometheusMeterRegistry meters() {
    return meters;
  }

  /// The machine as it is to be run, so that its work is counted.
  @Override
  public StateMachine measured(RootMachine machine) {
    machine.observe(work);
    return new MeasuredMachine(machine, reads, leases, figures, root);
  }

  @Override
  public StateMachine measured(GroupId group, ShardGroupMachine machine) {
    return groups.measured(group, machine);
  }

  @Override
  public void forget(GroupId group) {
    groups.forget(group);
  }

  @Override
  public long reads(GroupId group) {
    Work work = work(group);
    return work == null ? 0 : work.reads();
  }

  @Override
  public long busyNanos(GroupId group) {
    Work work = work(group);
    return work == null ? 0 : work.busyNanos();
  }

  private @Nullable Work work(GroupId group) {
    return group.equals(GroupId.ROOT) ? root : groups.work(group);
  }

  /// The proposer as duties are to use it, so that leases that ran out are counted.
  @Override
  public Proposer countingExpiry(Proposer proposer) {
    return leases.countingExpiry(proposer);
  }

  /// The log was written and forced; on its writer's thread.
  @Override
  public void logSynced(long nanos) {
    log.synced(nanos);
  }

  /// The node runs.
  public void bind(NodeConfig config, Sources sources) {
    new StateMetrics(meters, sources, groups::storeBytes).register(config);
    LogMetrics.register(meters, sources.log());
    ProcessMetrics.register(meters, pauses);
  }

  @Override
  public void close() {
    pauses.close();
    meters.close();
  }
}
