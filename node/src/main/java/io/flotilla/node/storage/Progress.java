package io.flotilla.node.storage;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Tells a person who waits that work on a large file goes on; silent about quick work.
public final class Progress implements AutoCloseable {
  private final Consumer<String> lines;
  private final long intervalMillis;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("progress").factory());

  /// @param lines gets a line, on a thread of its own, whenever work took another `intervalMillis`
  public Progress(Consumer<String> lines, long intervalMillis) {
    this.lines = lines;
    this.intervalMillis = intervalMillis;
  }

  /// Something that may take long.
  interface Work<T> {
    T run() throws IOException;
  }

  /// Does `work`, which the lines call `what`.
  <T> T during(String what, Work<T> work) throws IOException {
    var elapsed = new AtomicLong();
    ScheduledFuture<?> ticks =
        timer.scheduleAtFixedRate(
            () -> lines.accept(what + ": " + elapsed.addAndGet(intervalMillis) / 1000 + " s"),
            intervalMillis,
            intervalMillis,
            TimeUnit.MILLISECONDS);
    try {
      return work.run();
    } finally {
      ticks.cancel(false);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
