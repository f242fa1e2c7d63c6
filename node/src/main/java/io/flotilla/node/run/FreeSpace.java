package io.flotilla.node.run;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The free bytes of the data directory's file system, measured now and then off the loops.
final class FreeSpace implements LongSupplier {
  private static final Logger LOG = LoggerFactory.getLogger(FreeSpace.class);
  private static final long INTERVAL_MILLIS = 1000;

  private final DataDirectory directory;
  private volatile long bytes = Long.MAX_VALUE;

  /// Measures once; blocks.
  FreeSpace(DataDirectory directory) {
    this.directory = directory;
    measure();
  }

  /// As last measured.
  @Override
  public long getAsLong() {
    return bytes;
  }

  /// Measures from now on, until what is returned is run.
  Runnable watch(Vertx vertx, WorkerExecutor storage) {
    long timer = vertx.setPeriodic(INTERVAL_MILLIS, _ -> storage.executeBlocking(this::measure));
    return () -> vertx.cancelTimer(timer);
  }

  private Void measure() {
    try {
      bytes = directory.usableBytes();
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("event", "disk-not-measured")
          .log("the free space of the disk is not known: {}", e.toString());
    }
    return null;
  }
}
