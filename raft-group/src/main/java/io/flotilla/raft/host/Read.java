package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import org.jspecify.annotations.Nullable;

/// A query on its way, with its waiting client.
final class Read<T> extends Question<T> {
  private final Query<T> query;
  private final ReadMode mode;
  private final long fromIndex;
  private @Nullable QueryRun<T> run;

  /// @param fromIndex what the state must have applied before it is read; 0 for nothing
  Read(Query<T> query, ReadMode mode, long fromIndex, long deadlineNanos, Lane lane) {
    super(deadlineNanos, lane);
    this.query = query;
    this.mode = mode;
    this.fromIndex = fromIndex;
  }

  ReadMode mode() {
    return mode;
  }

  long fromIndex() {
    return fromIndex;
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
    if (why == null) {
      succeed(answers, running.result());
    } else {
      super.refuse(answers, why);
    }
    close();
    return false;
  }

  @Override
  public void admitTo(Replica replica) {
    replica.admit(this);
  }

  @Override
  public void refuse(Answers answers, Rejection why) {
    if (!isAnswered()) {
      super.refuse(answers, why);
      close();
    }
  }

  private void close() {
    if (run != null) {
      run.close();
    }
  }
}
