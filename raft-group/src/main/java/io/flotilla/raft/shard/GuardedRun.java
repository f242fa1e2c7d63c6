package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A read that goes on as long as it is this group's to answer: what a handover has taken away is
/// being erased.
final class GuardedRun<T> implements QueryRun<T> {
  private final QueryRun<T> run;
  private final Supplier<@Nullable Rejection> guard;
  private @Nullable Rejection refusal;

  /// @param guard why it may not go on; asked before each step
  GuardedRun(QueryRun<T> run, Supplier<@Nullable Rejection> guard) {
    this.run = run;
    this.guard = guard;
  }

  @Override
  public boolean step(int budget) {
    if (refusal == null) {
      refusal = guard.get();
    }
    return refusal == null && run.step(budget);
  }

  @Override
  public @Nullable Rejection rejection() {
    return refusal == null ? run.rejection() : refusal;
  }

  @Override
  public T result() {
    return run.result();
  }

  @Override
  public void close() {
    run.close();
  }
}
