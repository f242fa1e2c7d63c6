package io.flotilla.node.metrics;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.shard.QueryRun;
import org.jspecify.annotations.Nullable;

/// A read that is timed from its start to its last step.
final class TimedRun<T> implements QueryRun<T> {
  private final QueryRun<T> run;
  private final Clock clock;
  private final Doubling succeeded;
  private final Doubling failed;
  private final long startNanos;

  TimedRun(QueryRun<T> run, Clock clock, Doubling succeeded, Doubling failed) {
    this.run = run;
    this.clock = clock;
    this.succeeded = succeeded;
    this.failed = failed;
    this.startNanos = clock.nanoTime();
  }

  @Override
  public boolean step(int budget) {
    if (run.step(budget)) {
      return true;
    }
    Doubling times = run.rejection() == null ? succeeded : failed;
    times.record(clock.nanoTime() - startNanos);
    return false;
  }

  @Override
  public @Nullable Rejection rejection() {
    return run.rejection();
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
