package io.flotilla.placement.service;

import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;

/// Looks on while a replica executes commands, for measuring: what it does has no influence on the
/// state. On the group's loop, once per command, so it has to be quick.
@FunctionalInterface
public interface ApplyObserver {
  ApplyObserver NONE = (_, _, _) -> {};

  /// @param nanos how long executing it took
  void onApplied(Command command, CommandResult result, long nanos);
}
