package io.flotilla.placement.client;

import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;

/// How fronts and duties reach a group. Any thread; futures complete on the caller's loop and fail
/// with [io.flotilla.base.RejectedException].
public interface GroupDoor {
  /// @param deadlineNanos on the clock of the node, as everywhere here
  Future<CommandResult> propose(Command command, long deadlineNanos);

  <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos);

  /// The door of a replica on this node, and of no other: commands and linearizable reads are
  /// refused while it does not lead.
  static GroupDoor of(Group group) {
    return new GroupDoor() {
      @Override
      public Future<CommandResult> propose(Command command, long deadlineNanos) {
        return group.propose(command, deadlineNanos);
      }

      @Override
      public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
        return group.read(mode, query, deadlineNanos);
      }
    };
  }
}
