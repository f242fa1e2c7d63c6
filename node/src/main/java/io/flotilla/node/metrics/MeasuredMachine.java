package io.flotilla.node.metrics;

import io.flotilla.placement.service.Renewals;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The root group's state machine, with its reads counted and its figures looked at on every tick.
final class MeasuredMachine implements StateMachine {
  private final RootMachine machine;
  private final ReadWork reads;
  private final LeaseMetrics leases;
  private final StoreFigures figures;

  MeasuredMachine(RootMachine machine, ReadWork reads, LeaseMetrics leases, StoreFigures figures) {
    this.machine = machine;
    this.reads = reads;
    this.leases = leases;
    this.figures = figures;
  }

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    QueryRun<T> run = machine.query(query);
    if (query instanceof ShardQuery.Range) {
      return reads.range(run);
    }
    if (query instanceof ShardQuery.ReadTxn txn) {
      return new ObservedRun<>(run, result -> reads.txn(txn.request(), result));
    }
    if (query instanceof ShardQuery.HashKv) {
      return reads.hash(run);
    }
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
    machine.tick(nowNanos);
    figures.look(machine);
  }

  // ---- everything else is the machine's own

  @Override
  public EntryId applied() {
    return machine.applied();
  }

  @Override
  public Membership membership() {
    return machine.membership();
  }

  @Override
  public List<CommandResult> apply(EntryId id, List<Command> commands) {
    return machine.apply(id, commands);
  }

  @Override
  public void applyMembership(EntryId id, Membership membership, byte[] context) {
    machine.applyMembership(id, membership, context);
  }

  @Override
  public boolean checkpointDue() {
    return machine.checkpointDue();
  }

  @Override
  public Checkpoint beginCheckpoint() {
    return machine.beginCheckpoint();
  }

  @Override
  public Snapshot openSnapshot() {
    return machine.openSnapshot();
  }

  @Override
  public Prepared prepare(Path received) throws IOException {
    return machine.prepare(received);
  }

  @Override
  public void install(Prepared prepared) {
    machine.install(prepared);
  }

  @Override
  public void onLeadership(boolean leads, long term) {
    machine.onLeadership(leads, term);
  }

  @Override
  public void close() {
    machine.close();
  }
}
