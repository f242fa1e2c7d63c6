package io.flotilla.node.metrics;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.shard.QueryRun;
import org.jspecify.annotations.Nullable;

/// What one replica has had to do since the start. Belongs to the loop.
final class Work {
  private final Clock clock;
  private long reads;
  private long busyNanos;

  Work(Clock clock) {
    this.clock = clock;
  }

  long reads() {
    return reads;
  }

  long busyNanos() {
    return busyNanos;
  }

  long now() {
    return clock.nanoTime();
  }

  /// Something took from `startNanos` until now.
  void since(long startNanos) {
    busyNanos += clock.nanoTime() - startNanos;
  }

  /// A run that counts as a read, and whose steps count.
  <T> QueryRun<T> reading(QueryRun<T> run) {
    reads++;
    return new QueryRun<>() {
      @Override
      public boolean step(int budget) {
        long startNanos = now();
        boolean more = run.step(budget);
        since(startNanos);
        return more;
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
    };
  }
}
