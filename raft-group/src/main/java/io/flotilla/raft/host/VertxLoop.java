package io.flotilla.raft.host;

import io.flotilla.base.port.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.Vertx;

/// A Vert.x event loop as a [Scheduler].
public final class VertxLoop implements Scheduler {
  private final Vertx vertx;
  private final Context context;

  /// @param context an event-loop context of `vertx`
  public VertxLoop(Vertx vertx, Context context) {
    this.vertx = vertx;
    this.context = context;
  }

  @Override
  public void execute(Runnable task) {
    context.runOnContext(_ -> task.run());
  }

  /// To be called on the loop itself.
  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    long timer = vertx.setTimer(Math.max(1, delayMillis), _ -> task.run());
    return () -> vertx.cancelTimer(timer);
  }
}
