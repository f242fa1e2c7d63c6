package io.flotilla.router.route;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.Executor;

/// The event loop that a request happens to be on. One for all loops.
public final class CurrentLoop implements CallerLoop {
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

  @Override
  public Executor here() {
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
