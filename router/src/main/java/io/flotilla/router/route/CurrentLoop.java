package io.flotilla.router.route;

import io.flotilla.base.port.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.Executor;

/// The event loop that a request happens to be on. One for all loops: what is scheduled runs on the
/// loop that scheduled it.
public final class CurrentLoop implements Scheduler {
  @Override
  public void execute(Runnable task) {
    current().runOnContext(_ -> task.run());
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    Vertx vertx = current().owner();
    long timer = vertx.setTimer(Math.max(1, delayMillis), _ -> task.run());
    return () -> vertx.cancelTimer(timer);
  }

  /// Runs tasks on the loop that this is called on, from any thread.
  static Executor executor() {
    Context context = current();
    return task -> context.runOnContext(_ -> task.run());
  }

  private static Context current() {
    Context context = Vertx.currentContext();
    if (context == null) {
      throw new IllegalStateException("not on an event loop");
    }
    return context;
  }
}
