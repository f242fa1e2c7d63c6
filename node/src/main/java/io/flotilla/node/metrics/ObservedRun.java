package io.flotilla.node.metrics;

import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.QueryRun;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A read whose answer is shown to somebody when it is taken.
final class ObservedRun<T> implements QueryRun<T> {
  private final QueryRun<T> run;
  private final Consumer<T> observer;

  ObservedRun(QueryRun<T> run, Consumer<T> observer) {
    this.run = run;
    this.observer = observer;
  }

  @Override
  public boolean step(int budget) {
    return run.step(budget);
  }

  @Override
  public @Nullable Rejection rejection() {
    return run.rejection();
  }

  @Override
  public T result() {
    T result = run.result();
    observer.accept(result);
    return result;
  }

  @Override
  public void close() {
    run.close();
  }
}
