package io.flotilla.placement.duty;

import io.flotilla.base.Invariants;
import io.flotilla.base.port.Scheduler;
import org.jspecify.annotations.Nullable;

/// Runs a task again and again on its owner, an interval from run to run. Only the owner touches
/// it.
public final class Repeater {
  private final Scheduler scheduler;
  private final long intervalMillis;
  private final Runnable task;
  private Scheduler.@Nullable Cancellable next;

  public Repeater(Scheduler scheduler, long intervalMillis, Runnable task) {
    Invariants.checkAtMost(1, intervalMillis, "an interval takes time");
    this.scheduler = scheduler;
    this.intervalMillis = intervalMillis;
    this.task = task;
  }

  /// The first run is an interval from now. Starting twice does nothing.
  public void start() {
    if (next == null) {
      next = scheduler.after(intervalMillis, this::run);
    }
  }

  public void stop() {
    if (next != null) {
      next.cancel();
      next = null;
    }
  }

  public boolean isRunning() {
    return next != null;
  }

  private void run() {
    if (next == null) {
      return; // stopped while this run was already queued
    }
    next = scheduler.after(intervalMillis, this::run);
    task.run();
  }
}
