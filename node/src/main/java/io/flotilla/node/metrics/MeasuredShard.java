package io.flotilla.node.metrics;

import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.TxnResponseOrBuilder;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import java.util.List;

/// A shard group's state machine, with its work counted and its figures looked at on every tick.
/// Commands are counted when their results are known. What cross-shard transactions do is not
/// counted: each group does a part of it.
final class MeasuredShard extends ForwardingMachine {
  private final ShardGroupMachine machine;
  private final ReadWork reads;
  private final StoreOperations operations;
  private final Work work;
  private volatile Figures figures = Figures.NONE;

  /// What only the loop may ask for.
  ///
  /// @param keys that exist
  /// @param unordered mutations that are executed and have no revision here
  /// @param locked transactions that hold locks
  record Figures(boolean leads, long keys, long storeBytes, long head, long unordered, int locked) {
    static final Figures NONE = new Figures(false, 0, 0, 0, 0, 0);
  }

  MeasuredShard(ShardGroupMachine machine, ReadWork reads, StoreOperations operations, Work work) {
    super(machine);
    this.work = work;
    this.machine = machine;
    this.reads = reads;
    this.operations = operations;
  }

  Work work() {
    return work;
  }

  /// As of the last tick; any thread.
  Figures figures() {
    return figures;
  }

  @Override
  public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
    long startNanos = work.now();
    List<? extends CommandOutcome> outcomes = super.apply(id, commands);
    work.since(startNanos);
    for (int i = 0; i < outcomes.size(); i++) {
      Command command = commands.get(i);
      switch (outcomes.get(i)) {
        case CommandResult known -> count(command, known);
        case LateResult late -> late.then(result -> count(command, result));
      }
    }
    return outcomes;
  }

  private void count(Command command, CommandResult result) {
    if (result instanceof CommandResult.Done done) {
      if (command.hasPut()) {
        operations.put(command.getPut());
      } else if (command.hasDeleteRange()) {
        operations.delete();
      } else if (command.hasTxn()) {
        operations.txn(command.getTxn(), (TxnResponseOrBuilder) done.response());
      }
    }
  }

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    return reads.measured(query, work.reading(super.query(query)));
  }

  @Override
  public void tick(long nowNanos) {
    super.tick(nowNanos);
    figures =
        new Figures(
            machine.leads(),
            StoreFigures.keys(machine.own(), machine::liveKeys),
            machine.storeBytes(),
            machine.head(),
            machine.executed() - machine.ordered(),
            machine.prepared().size());
  }
}
