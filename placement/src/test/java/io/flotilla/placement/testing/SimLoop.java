package io.flotilla.placement.testing;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;

/// A loop on virtual time: tasks run when a test lets time pass, in order of their time.
public final class SimLoop implements Scheduler, Clock {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private record Task(long atNanos, long order, Runnable body) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::order));
  private long nowNanos = 123_456_789;
  private long order;

  @Override
  public void execute(Runnable task) {
    tasks.add(new Task(nowNanos, order++, task));
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    var queued = new Task(nowNanos + delayMillis * NANOS_PER_MILLI, order++, task);
    tasks.add(queued);
    return () -> tasks.remove(queued);
  }

  /// Lets time pass and runs what falls due.
  public void advance(long millis) {
    long end = nowNanos + millis * NANOS_PER_MILLI;
    while (!tasks.isEmpty() && tasks.peek().atNanos() <= end) {
      Task task = tasks.remove();
      nowNanos = Math.max(nowNanos, task.atNanos());
      task.body().run();
    }
    nowNanos = end;
  }

  /// Runs what is due now.
  public void settle() {
    advance(0);
  }

  public int queued() {
    return tasks.size();
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long wallMillis() {
    return nowNanos / NANOS_PER_MILLI;
  }
}
