package io.flotilla.node.metrics;

import io.flotilla.placement.service.Renewals;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import java.util.List;

/// The root group's state machine, with its reads counted and its figures looked at on every tick.
final class MeasuredMachine extends ForwardingMachine {
  private final RootMachine machine;
  private final ReadWork reads;
  private final LeaseMetrics leases;
  private final StoreFigures figures;
  private final Work work;

  MeasuredMachine(
      RootMachine machine, ReadWork reads, LeaseMetrics leases, StoreFigures figures, Work work) {
    super(machine);
    this.work = work;
    this.machine = machine;
    this.reads = reads;
    this.leases = leases;
    this.figures = figures;
  }

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    QueryRun<T> run = reads.measured(query, work.reading(super.query(query)));
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
  public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
    long startNanos = work.now();
    List<? extends CommandOutcome> outcomes = super.apply(id, commands);
    work.since(startNanos);
    return outcomes;
  }

  @Override
  public void tick(long nowNanos) {
    super.tick(nowNanos);
    figures.look(machine);
  }
}
