package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/// A query on its way, with its waiting client. Belongs to the host's loop once it is admitted.
final class Read<T> implements Waiting {
  private final Query<T> query;
  private final ReadMode mode;
  private final long deadlineNanos;
  private final Lane lane;
  private final Promise<T> promise = Promise.promise();
  private @Nullable QueryRun<T> run;
  private boolean answered;

  Read(Query<T> query, ReadMode mode, long deadlineNanos, Lane lane) {
    this.query = query;
    this.mode = mode;
    this.deadlineNanos = deadlineNanos;
    this.lane = lane;
  }

  ReadMode mode() {
    return mode;
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

  void begin(StateMachine machine) {
    check(run == null, "a read begins once");
    run = machine.query(query);
  }

  /// Forgets what it has read so far: the state is replaced. [#begin] comes again.
  void startOver() {
    close();
    run = null;
  }

  /// Goes on reading; returns whether there is more to do. Answers when there is not.
  boolean step(int budget, Answers answers) {
    QueryRun<T> running = run;
    check(running != null, "a read begins before it goes on");
    if (running.step(budget)) {
      return true;
    }
    Rejection why = running.rejection();
    answered = true;
    if (why == null) {
      answers.succeed(lane, promise, running.result());
    } else {
      answers.refuse(lane, promise, why);
    }
    close();
    return false;
  }

  @Override
  public void admitTo(Replica replica) {
    replica.admit(this);
  }

  /// Ends it without a result, unless it was answered.
  @Override
  public void refuse(Answers answers, Rejection why) {
    if (!answered) {
      answered = true;
      answers.refuse(lane, promise, why);
      close();
    }
  }

  private void close() {
    if (run != null) {
      run.close();
    }
  }
}
