package io.flotilla.placement.duty;

import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import java.util.function.Consumer;

/// Puts commands into the group's log.
@FunctionalInterface
public interface Proposer {
  /// Hands a command to the leader.
  ///
  /// @param onResult called once, on the group's loop, not before this method returns; a proposal
  ///     that failed is [CommandResult.Rejected], with
  ///     [io.flotilla.base.Rejection.OutcomeUnknown] when it may still take effect
  void propose(Command command, Consumer<CommandResult> onResult);
}
