package io.flotilla.loadtest.workload;

import io.flotilla.loadtest.client.Connection;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Puts of single keys of several kinds, as many of each.
public final class EvenWorkload implements Workload {
  private final List<PutWorkload> kinds;
  private final AtomicLong next = new AtomicLong();

  public EvenWorkload(List<Keys> kinds) {
    if (kinds.isEmpty()) {
      throw new IllegalArgumentException("there is a kind of keys");
    }
    this.kinds = kinds.stream().map(PutWorkload::new).toList();
  }

  @Override
  public boolean needsKeys() {
    return false;
  }

  @Override
  public Future<?> send(Connection connection) {
    return kinds.get(Math.floorMod(next.getAndIncrement(), kinds.size())).send(connection);
  }
}
