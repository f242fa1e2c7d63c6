package io.flotilla.router.front;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Whether this node takes requests. One per node; any thread may read and change it.
public final class ServingState {
  /// Told of a change on the loop where it began to listen.
  public interface Listener {
    void onChange();
  }

  private final Map<Listener, Context> listeners = new ConcurrentHashMap<>();
  private volatile boolean serving = true;

  public boolean isServing() {
    return serving;
  }

  public void set(boolean now) {
    if (serving != now) {
      serving = now;
      listeners.forEach((listener, context) -> context.runOnContext(_ -> listener.onChange()));
    }
  }

  /// On an event loop.
  public void listen(Listener listener) {
    listeners.put(listener, Vertx.currentContext());
  }

  public void forget(Listener listener) {
    listeners.remove(listener);
  }
}
