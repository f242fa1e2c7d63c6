package io.flotilla.raft.host;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;

/// An event loop and its clock that move only when a test says so.
public final class ManualLoop implements Scheduler, Clock {
  private record Timer(long dueNanos, long order, Runnable task) {}

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::dueNanos).thenComparing(Timer::order));
  private long nowNanos = 1_000_000_000L;
  private long order;
  int executed;

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    var timer = new Timer(nowNanos + delayMillis * 1_000_000, order++, task);
    timers.add(timer);
    return () -> timers.remove(timer);
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long wallMillis() {
    return nowNanos / 1_000_000;
  }

  /// Runs what is queued now, not what that queues.
  public void turn() {
    for (int left = tasks.size(); left > 0; left--) {
      executed++;
      tasks.removeFirst().run();
    }
  }

  /// Runs until nothing is queued.
  public void settle() {
    for (int i = 0; !tasks.isEmpty(); i++) {
      if (i > 10_000) {
        throw new AssertionError("the loop does not come to rest");
      }
      turn();
    }
  }

  /// The process is gone: nothing that was queued runs.
  void clear() {
    tasks.clear();
    timers.clear();
  }

  public boolean isIdle() {
    return tasks.isEmpty();
  }

  /// Time passes; timers that fall due run, with all that follows from them.
  public void advanceMillis(long millis) {
    long end = nowNanos + millis * 1_000_000;
    while (!timers.isEmpty() && timers.peek().dueNanos() <= end) {
      Timer timer = timers.remove();
      nowNanos = Math.max(nowNanos, timer.dueNanos());
      timer.task().run();
      settle();
    }
    nowNanos = end;
  }

  /// Time passes without the loop getting a turn.
  void stallMillis(long millis) {
    nowNanos += millis * 1_000_000;
  }

  public long inMillis(long millis) {
    return nowNanos + millis * 1_000_000;
  }
}
