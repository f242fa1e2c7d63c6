package io.flotilla.simulation.plant;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.StateMachine;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// A leader's gate that does not do as its machine says.
final class OpenGate extends ForwardingMachine {
  private final BiFunction<Command, @Nullable Rejection, @Nullable Rejection> instead;

  /// @param instead of what the machine said to a command
  OpenGate(
      StateMachine honest, BiFunction<Command, @Nullable Rejection, @Nullable Rejection> instead) {
    super(honest);
    this.instead = instead;
  }

  @Override
  public @Nullable Rejection refuse(Command command) {
    return instead.apply(command, super.refuse(command));
  }
}
