package io.flotilla.router.watch;

import io.flotilla.base.port.Scheduler;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;

/// An event loop on virtual time: tasks run when the test says so.
final class VirtualLoop implements Scheduler {
  private record Timer(long atMillis, long order, Runnable task) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(atMillis, other.atMillis);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long nowMillis;
  private long orders;

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    var timer = new Timer(nowMillis + delayMillis, orders++, task);
    timers.add(timer);
    return () -> timers.remove(timer);
  }

  boolean idle() {
    return tasks.isEmpty();
  }

  /// Runs one queued task.
  void runOne() {
    Runnable task = tasks.poll();
    if (task != null) {
      task.run();
    }
  }

  /// Runs what is queued and what that queues.
  void run() {
    while (!tasks.isEmpty()) {
      runOne();
    }
  }

  /// Lets time pass; everything due runs.
  void advance(long millis) {
    long end = nowMillis + millis;
    run();
    while (!timers.isEmpty() && timers.peek().atMillis <= end) {
      Timer timer = timers.poll();
      nowMillis = timer.atMillis;
      timer.task.run();
      run();
    }
    nowMillis = end;
  }
}
