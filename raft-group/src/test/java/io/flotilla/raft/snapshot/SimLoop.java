package io.flotilla.raft.snapshot;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;

/// A loop on virtual time: tasks run when a test lets time pass, in order of their time.
final class SimLoop implements Scheduler, Clock {
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
    var queued = new Task(nowNanos + delayMillis * 1_000_000, order++, task);
    tasks.add(queued);
    return () -> tasks.remove(queued);
  }

  void advanceMillis(long millis) {
    long end = nowNanos + millis * 1_000_000;
    while (!tasks.isEmpty() && tasks.peek().atNanos() <= end) {
      Task task = tasks.remove();
      nowNanos = Math.max(nowNanos, task.atNanos());
      task.body().run();
    }
    nowNanos = end;
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long wallMillis() {
    return nowNanos / 1_000_000;
  }
}
