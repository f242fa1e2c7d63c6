package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/// A command on its way through the log, with its waiting client. Belongs to the host's loop once
/// it is admitted.
final class Proposal implements Waiting {
  private final Command command;
  private final int bytes;
  private final long deadlineNanos;
  private final Lane lane;
  private final Promise<CommandResult> promise = Promise.promise();
  private boolean answered;

  Proposal(Command command, int bytes, long deadlineNanos, Lane lane) {
    this.command = command;
    this.bytes = bytes;
    this.deadlineNanos = deadlineNanos;
    this.lane = lane;
  }

  Command command() {
    return command;
  }

  /// Encoded size.
  int bytes() {
    return bytes;
  }

  Future<CommandResult> future() {
    return promise.future();
  }

  boolean isExpired(long nowNanos) {
    return nowNanos - deadlineNanos >= 0;
  }

  boolean isAnswered() {
    return answered;
  }

  /// The first answer counts.
  void succeed(Answers answers, CommandResult result) {
    if (!answered) {
      answered = true;
      answers.succeed(lane, promise, result);
    }
  }

  @Override
  public void admitTo(Replica replica) {
    replica.admit(this);
  }

  @Override
  public void refuse(Answers answers, Rejection why) {
    if (!answered) {
      answered = true;
      answers.refuse(lane, promise, why);
    }
  }
}
