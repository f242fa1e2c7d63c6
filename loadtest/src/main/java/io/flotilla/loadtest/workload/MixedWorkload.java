package io.flotilla.loadtest.workload;

import io.flotilla.loadtest.client.Connection;
import io.vertx.core.Future;
import java.util.concurrent.ThreadLocalRandom;

/// Some of one workload and some of another.
///
/// @param writePercent how many of a hundred requests are writes
public record MixedWorkload(Workload reads, Workload writes, int writePercent) implements Workload {
  @Override
  public boolean needsKeys() {
    return reads.needsKeys() || writes.needsKeys();
  }

  @Override
  public Future<?> send(Connection connection) {
    boolean write = ThreadLocalRandom.current().nextInt(100) < writePercent;
    return (write ? writes : reads).send(connection);
  }
}
