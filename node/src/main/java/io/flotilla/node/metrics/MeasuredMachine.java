package io.flotilla.node.metrics;

import io.flotilla.placement.service.Renewals;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;

/// The root group's state machine, with its reads counted and its figures looked at on every tick.
final class MeasuredMachine extends ForwardingMachine {
  private final RootMachine machine;
  private final ReadWork reads;
  private final LeaseMetrics leases;
  private final StoreFigures figures;

  MeasuredMachine(RootMachine machine, ReadWork reads, LeaseMetrics leases, StoreFigures figures) {
    super(machine);
    this.machine = machine;
    this.reads = reads;
    this.leases = leases;
    this.figures = figures;
  }

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    QueryRun<T> run = reads.measured(query, super.query(query));
    if (query instanceof RootQuery.KeepAlive) {
      return new ObservedRun<>(
          run,
          result -> {
            if (result instanceof Renewals renewals) {
              leases.renewed(renewals);
            }
          });
    }
    return run;
  }

  @Override
  public void tick(long nowNanos) {
    super.tick(nowNanos);
    figures.look(machine);
  }
}
