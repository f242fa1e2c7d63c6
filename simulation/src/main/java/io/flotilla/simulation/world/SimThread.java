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
  private boolean ended;

  /// @param delayNanos how long the next task takes
  public SimThread(Timeline timeline, Life life, LongSupplier delayNanos) {
    this.timeline = timeline;
    this.life = life;
    this.delayNanos = delayNanos;
  }

  @Override
  public void execute(Runnable task) {
    if (ended) {
      runForNobody(task);
      return;
    }
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

  /// The process is over: what was under way, for whoever wants to know how far it came.
  @Nullable Runnable unfinished() {
    return running;
  }

  /// The process is over and its disk gone: what waits, and what still comes, is run at once, only
  /// for the memory that it gives back.
  void runOut() {
    ended = true;
    Runnable task = takeNext();
    while (task != null) {
      runForNobody(task);
      task = takeNext();
    }
  }

  private @Nullable Runnable takeNext() {
    Runnable task = running;
    running = null;
    return task == null ? waiting.poll() : task;
  }

  private static void runForNobody(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error ignored) {
      // Nobody is there to hear it.
    }
  }
}
