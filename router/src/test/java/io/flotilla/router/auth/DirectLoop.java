package io.flotilla.router.auth;

import io.flotilla.base.port.Scheduler;

/// Runs everything where it is.
final class DirectLoop implements Scheduler {
  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    throw new AssertionError("nothing waits");
  }
}
