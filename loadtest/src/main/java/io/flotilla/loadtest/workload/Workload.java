package io.flotilla.loadtest.workload;

import io.flotilla.loadtest.client.Connection;
import io.vertx.core.Future;

/// A kind of request, sent again and again. Used by many event loops at once.
public interface Workload {
  /// Whether the keys have to exist before the measurement.
  boolean needsKeys();

  /// Sends one request; the future completes with its answer.
  Future<?> send(Connection connection);
}
