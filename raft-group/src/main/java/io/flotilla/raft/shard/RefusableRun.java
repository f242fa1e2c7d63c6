package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import org.jspecify.annotations.Nullable;

/// A run that ends as refused when the store refuses one of its reads.
abstract class RefusableRun<T> implements QueryRun<T> {
  private @Nullable Rejection rejection;
  private boolean finished;

  /// Goes on; returns whether there is more to do.
  ///
  /// @throws RejectedException to end the run as refused
  abstract boolean proceed(int budget);

  abstract T answer();

  @Override
  public final boolean step(int budget) {
    if (finished) {
      return false;
    }
    try {
      finished = !proceed(budget);
    } catch (RejectedException e) {
      rejection = e.rejection();
      finished = true;
    }
    return !finished;
  }

  @Override
  public final @Nullable Rejection rejection() {
    check(finished, "the outcome is read when the run is finished");
    return rejection;
  }

  @Override
  public final T result() {
    check(finished && rejection == null, "a result is read when the run was answered");
    return answer();
  }
}
