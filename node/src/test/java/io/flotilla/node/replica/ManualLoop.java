package io.flotilla.node.replica;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A loop and its clock, moved by hand.
final class ManualLoop implements Scheduler, Clock {
  private record Task(long atMillis, Runnable task) {}

  private final List<Task> tasks = new ArrayList<>();
  private long nowMillis;

  @Override
  public void execute(Runnable task) {
    after(0, task);
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    var entry = new Task(nowMillis + delayMillis, task);
    tasks.add(entry);
    return () -> tasks.remove(entry);
  }

  /// Runs what is due up to then, in the order of time.
  void pass(long millis) {
    long end = nowMillis + millis;
    while (true) {
      Task next =
          tasks.stream()
              .filter(task -> task.atMillis() <= end)
              .min(Comparator.comparingLong(Task::atMillis))
              .orElse(null);
      if (next == null) {
        nowMillis = end;
        return;
      }
      tasks.remove(next);
      nowMillis = Math.max(nowMillis, next.atMillis());
      next.task().run();
    }
  }

  @Override
  public long nanoTime() {
    return nowMillis * 1_000_000;
  }

  @Override
  public long wallMillis() {
    return nowMillis;
  }
}
