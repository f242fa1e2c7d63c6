package io.flotilla.router.auth;

import io.flotilla.base.RejectedException;
import io.flotilla.placement.auth.AuthFault;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.AuthAnswerOrBuilder;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.router.error.ApiError;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// Takes changes of users and roles into the root group's log.
final class AuthProposals {
  private final GroupDoor group;

  AuthProposals(GroupDoor group) {
    this.group = group;
  }

  /// @return what it was refused for; null when it is applied here. Fails with what the client is
  ///     told when it is not known to be applied
  Future<@Nullable AuthFault> propose(AuthChange change, long deadlineNanos) {
    return group
        .propose(Command.newBuilder().setAuth(change).build(), deadlineNanos)
        .transform(
            (result, failure) ->
                failure == null ? answer(result) : Future.failedFuture(asWriteFailure(failure)));
  }

  private static Future<@Nullable AuthFault> answer(CommandResult result) {
    return switch (result) {
      case CommandResult.Done done ->
          Future.succeededFuture(AuthFault.of(((AuthAnswerOrBuilder) done.response()).getFault()));
      case CommandResult.Rejected(var why) ->
          Future.failedFuture(ApiError.ofWrite(why).asException());
    };
  }

  static Throwable asWriteFailure(Throwable failure) {
    return failure instanceof RejectedException rejected
        ? ApiError.ofWrite(rejected.rejection()).asException()
        : failure;
  }
}
