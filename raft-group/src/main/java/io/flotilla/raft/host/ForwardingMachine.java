package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A state machine that leaves everything to another one: for those that look at, count or alter
/// some of it.
public class ForwardingMachine implements StateMachine {
  private final StateMachine machine;

  protected ForwardingMachine(StateMachine machine) {
    this.machine = machine;
  }

  @Override
  public EntryId applied() {
    return machine.applied();
  }

  @Override
  public Membership membership() {
    return machine.membership();
  }

  @Override
  public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
    return machine.apply(id, commands);
  }

  @Override
  public @Nullable Rejection refuse(Command command) {
    return machine.refuse(command);
  }

  @Override
  public void withdraw(Command command) {
    machine.withdraw(command);
  }

  @Override
  public void applyMembership(EntryId id, Membership membership, byte[] context) {
    machine.applyMembership(id, membership, context);
  }

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    return machine.query(query);
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
  public void tick(long nowNanos) {
    machine.tick(nowNanos);
  }

  @Override
  public void close() {
    machine.close();
  }
}
