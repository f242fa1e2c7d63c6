package io.flotilla.raft.host;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/// Callers on Vert.x event loops. All contexts of one event loop share a way for their answers.
public final class VertxCallers implements Callers {
  private final Thread hostLoop;

  /// @param hostLoop the thread of the host's own event loop
  public VertxCallers(Thread hostLoop) {
    this.hostLoop = hostLoop;
  }

  @Override
  public boolean onHostLoop() {
    return Thread.currentThread() == hostLoop;
  }

  @Override
  public @Nullable Caller current() {
    Context context = Vertx.currentContext();
    if (context == null) {
      return null;
    }
    Object key = Context.isOnEventLoopThread() ? Thread.currentThread() : null;
    return new Caller(key, task -> context.runOnContext(_ -> task.run()));
  }
}
