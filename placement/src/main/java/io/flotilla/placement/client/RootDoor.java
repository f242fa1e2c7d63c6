package io.flotilla.placement.client;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// The door to the root group: what it refuses because it concerns shard groups, too, is
/// coordinated. Any thread.
final class RootDoor implements GroupDoor {
  private final GroupDoor door;
  private final CrossDoor cross;

  RootDoor(GroupDoor door, CrossDoor cross) {
    this.door = door;
    this.cross = cross;
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    Future<CommandResult> answer = door.propose(command, deadlineNanos);
    return answer.succeeded() && !isForRouting(answer.result())
        ? answer
        : answer.transform((result, failure) -> route(command, deadlineNanos, result, failure));
  }

  private Future<CommandResult> route(
      Command command,
      long deadlineNanos,
      @Nullable CommandResult result,
      @Nullable Throwable failure) {
    if (failure instanceof RejectedException rejected) {
      return rejected.rejection() instanceof Rejection.NeedsCommit
          ? cross.run(command, deadlineNanos)
          : Future.failedFuture(failure);
    }
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    // The log held it already when the keys, or the lease, became others' concern, too.
    if (result instanceof CommandResult.Rejected(Rejection why) && isForRouting(result)) {
      return why instanceof Rejection.NeedsCommit
          ? cross.run(command, deadlineNanos)
          : Future.failedFuture(why.asException());
    }
    return Future.succeededFuture(result);
  }

  private static boolean isForRouting(@Nullable CommandResult result) {
    return result instanceof CommandResult.Rejected(Rejection why)
        && (why instanceof Rejection.NeedsCommit || why instanceof Rejection.WrongShard);
  }

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    return door.read(mode, query, deadlineNanos);
  }
}
