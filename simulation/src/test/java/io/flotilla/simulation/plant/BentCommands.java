package io.flotilla.simulation.plant;

import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandOutcome;
import java.util.List;
import java.util.function.UnaryOperator;

/// Executes something else than the log says, alike on every replica.
final class BentCommands extends ForwardingMachine {
  private final UnaryOperator<Command> instead;

  BentCommands(StateMachine honest, UnaryOperator<Command> instead) {
    super(honest);
    this.instead = instead;
  }

  @Override
  public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
    return super.apply(id, commands.stream().map(instead).toList());
  }
}
