package io.flotilla.simulation.world;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A thread of a process that waits for its disk: runs one task after the other, each as long as
/// the disk takes. What a task does happens at the end of that time, in one moment.
public final class SimThread implements Executor {
  private final Timeline timeline;
  private final Life life;
  private final LongSupplier delayNanos;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private @Nullable Runnable running;

  /// @param delayNanos how long the next task takes
  public SimThread(Timeline timeline, Life life, LongSupplier delayNanos) {
    this.timeline = timeline;
    this.life = life;
    this.delayNanos = delayNanos;
  }

  @Override
  public void execute(Runnable task) {
    waiting.add(task);
    if (running == null) {
      next();
    }
  }

  private void next() {
    running = waiting.poll();
    if (running != null) {
      timeline.after(delayNanos.getAsLong(), life, this::finish);
    }
  }

  private void finish() {
    Runnable task = running;
    if (task != null) {
      task.run();
    }
    next();
  }

  /// The process is over: gives what was under way, for whoever wants to know how far it came.
  @Nullable Runnable takeUnfinished() {
    Runnable unfinished = running;
    running = null;
    waiting.clear();
    return unfinished;
  }
}
