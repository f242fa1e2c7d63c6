package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/// Something asked of a replica that changes nothing, with its waiting client: answered once.
/// Belongs to the host's loop once it is admitted.
abstract class Question<T> implements Waiting {
  private final long deadlineNanos;
  private final Lane lane;
  private final Promise<T> promise = Promise.promise();
  private boolean answered;

  Question(long deadlineNanos, Lane lane) {
    this.deadlineNanos = deadlineNanos;
    this.lane = lane;
  }

  final Future<T> future() {
    return promise.future();
  }

  final boolean isExpired(long nowNanos) {
    return nowNanos - deadlineNanos >= 0;
  }

  final boolean isAnswered() {
    return answered;
  }

  final void succeed(Answers answers, T result) {
    answered = true;
    answers.succeed(lane, promise, result);
  }

  /// Ends it without a result, unless it was answered.
  @Override
  public void refuse(Answers answers, Rejection why) {
    if (!answered) {
      answered = true;
      answers.refuse(lane, promise, why);
    }
  }

  /// Asks the leader for a point to read at; the answer is an index of the log.
  static final class ReadPoint extends Question<Long> {
    ReadPoint(long deadlineNanos, Lane lane) {
      super(deadlineNanos, lane);
    }

    @Override
    public void admitTo(Replica replica) {
      replica.admit(this);
    }
  }

  /// Waits until this replica has applied an entry.
  static final class Reached extends Question<Void> {
    private final long index;

    Reached(long index, long deadlineNanos, Lane lane) {
      super(deadlineNanos, lane);
      this.index = index;
    }

    long index() {
      return index;
    }

    @SuppressWarnings("NullAway") // the value of a Future of Void
    void reached(Answers answers) {
      succeed(answers, null);
    }

    @Override
    public void admitTo(Replica replica) {
      replica.admit(this);
    }
  }
}
