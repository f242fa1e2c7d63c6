package io.flotilla.placement.client;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;

/// The door to the root group in a cluster with shard groups: what it refuses because it concerns
/// those, too, is coordinated. Any thread.
final class RootDoor implements GroupDoor {
  private final GroupDoor door;
  private final CrossDoor cross;

  RootDoor(GroupDoor door, CrossDoor cross) {
    this.door = door;
    this.cross = cross;
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    if (!command.hasLeaseRevoke()) {
      return door.propose(command, deadlineNanos);
    }
    return door.propose(command, deadlineNanos)
        .transform(
            (result, failure) -> {
              if (needsCommit(result, failure)) {
                return cross.run(command, deadlineNanos);
              }
              return failure == null
                  ? Future.succeededFuture(result)
                  : Future.failedFuture(failure);
            });
  }

  private static boolean needsCommit(CommandResult result, Throwable failure) {
    Rejection why =
        switch (failure) {
          case null -> result instanceof CommandResult.Rejected(Rejection refused) ? refused : null;
          case RejectedException rejected -> rejected.rejection();
          default -> null;
        };
    return why instanceof Rejection.NeedsCommit;
  }

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    return door.read(mode, query, deadlineNanos);
  }
}
