package io.flotilla.raft.snapshot;

import io.flotilla.base.port.Scheduler;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// Runs what blocks on a storage thread and what follows from it back on the loop.
final class OffLoop {
  private final Executor storage;
  private final Scheduler loop;

  OffLoop(Executor storage, Scheduler loop) {
    this.storage = storage;
    this.loop = loop;
  }

  /// Either `then` or `failed` runs on the loop, unless the storage thread was stopped.
  <T> void run(Outgoing.Blocking<T> task, Consumer<T> then, Consumer<Throwable> failed) {
    try {
      storage.execute(() -> block(task, then, failed));
    } catch (RejectedExecutionException _) {
      // The node stops: nobody waits for the outcome.
    }
  }

  private <T> void block(Outgoing.Blocking<T> task, Consumer<T> then, Consumer<Throwable> failed) {
    T result;
    try {
      result = task.run();
    } catch (Throwable failure) { // each caller knows which of them it can live with
      loop.execute(() -> failed.accept(failure));
      return;
    }
    loop.execute(() -> then.accept(result));
  }
}
