package io.flotilla.router.route;

import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;

/// Proposals and reads of the replicated state that serves the keys.
///
/// Deadlines are on the monotonic clock. A refusal is a [CommandResult.Rejected] or a future that
/// fails with [io.flotilla.base.RejectedException].
public interface GroupDoor {
  /// Hands a change to the log. Never repeated once it may have reached the log.
  Future<CommandResult> propose(Command command, long deadlineNanos);

  <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos);
}
