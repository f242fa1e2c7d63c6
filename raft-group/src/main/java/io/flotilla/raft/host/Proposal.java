package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/// A command on its way through the log, with its waiting client. Belongs to the host's loop once
/// it is admitted.
///
/// @param <T> what the client gets
final class Proposal<T> implements Waiting {
  /// Makes the client's answer.
  interface Finish<T> {
    T answer(CommandResult result, long index);
  }

  private final Command command;
  private final int bytes;
  private final long deadlineNanos;
  private final Lane lane;
  private final Finish<T> finish;
  private final Promise<T> promise = Promise.promise();
  private boolean answered;

  Proposal(Command command, int bytes, long deadlineNanos, Lane lane, Finish<T> finish) {
    this.command = command;
    this.bytes = bytes;
    this.deadlineNanos = deadlineNanos;
    this.lane = lane;
    this.finish = finish;
  }

  Command command() {
    return command;
  }

  /// Encoded size.
  int bytes() {
    return bytes;
  }

  Future<T> future() {
    return promise.future();
  }

  boolean isExpired(long nowNanos) {
    return nowNanos - deadlineNanos >= 0;
  }

  boolean isAnswered() {
    return answered;
  }

  /// The first answer counts.
  ///
  /// @param index of the entry
  void succeed(Answers answers, CommandResult result, long index) {
    if (!answered) {
      answered = true;
      answers.succeed(lane, promise, finish.answer(result, index));
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
