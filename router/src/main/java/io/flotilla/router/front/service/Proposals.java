package io.flotilla.router.front.service;

import com.google.protobuf.Message;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.route.SpaceGate;
import io.vertx.core.Future;
import java.util.function.BiFunction;

/// Hands writes to the cluster and gives their results etcd's form.
final class Proposals {
  /// What etcd's log adds to a request, roughly: a request of the limit itself is too large.
  private static final int ENVELOPE_BYTES = 32;

  private final GroupDoor group;
  private final SpaceGate space;
  private final Headers headers;
  private final int maxRequestBytes;

  Proposals(GroupDoor group, SpaceGate space, Headers headers, int maxRequestBytes) {
    this.group = group;
    this.space = space;
    this.headers = headers;
    this.maxRequestBytes = maxRequestBytes;
  }

  /// Whether the space quota has room for a write; comes before its arguments are looked at.
  boolean admits(long costBytes) {
    return space.admits(costBytes);
  }

  /// Refuses a write that [#admits] did not let in, with the alarm raised.
  <R> Future<R> refuseForSpace(Call call) {
    return space
        .raiseAlarm(call.deadlineNanos())
        .transform(_ -> Future.failedFuture(ApiError.NO_SPACE.asException()));
  }

  /// Proposes a command.
  ///
  /// @param requestBytes encoded size of the client's request inside
  /// @param type of the result
  /// @param finish puts the header on the result and builds it
  <B extends Message.Builder, R> Future<R> propose(
      Call call,
      Command command,
      int requestBytes,
      Class<B> type,
      BiFunction<B, ResponseHeader, R> finish) {
    return propose(call.deadlineNanos(), command, requestBytes, type, finish);
  }

  /// As the other, for one step of a call.
  <B extends Message.Builder, R> Future<R> propose(
      long deadlineNanos,
      Command command,
      int requestBytes,
      Class<B> type,
      BiFunction<B, ResponseHeader, R> finish) {
    if (requestBytes + ENVELOPE_BYTES > maxRequestBytes) {
      throw ApiError.REQUEST_TOO_LARGE.asException();
    }
    return group
        .propose(command, deadlineNanos)
        .transform((result, failure) -> settle(result, failure, type, finish));
  }

  private <B extends Message.Builder, R> Future<R> settle(
      CommandResult result,
      Throwable failure,
      Class<B> type,
      BiFunction<B, ResponseHeader, R> finish) {
    if (failure != null) {
      return Future.failedFuture(asWriteFailure(failure));
    }
    return switch (result) {
      case CommandResult.Done done ->
          Future.succeededFuture(
              finish.apply(type.cast(done.response()), headers.at(done.revision())));
      case CommandResult.Rejected rejected -> Future.failedFuture(refusal(rejected.why()));
    };
  }

  private static Throwable asWriteFailure(Throwable failure) {
    return failure instanceof RejectedException rejected ? refusal(rejected.rejection()) : failure;
  }

  private static Throwable refusal(Rejection why) {
    return ApiError.ofWrite(why).asException();
  }
}
