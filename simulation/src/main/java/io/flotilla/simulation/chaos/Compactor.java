package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.Request;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// A client that compacts every now and then: mostly behind the slowest watcher, sometimes over
/// its head.
final class Compactor implements Runnable {
  private static final long PERIOD_MILLIS = 1500;
  private static final long KEPT = 200;
  private static final long KEPT_AT_LEAST = 20;
  private static final int OVERTAKES = 8;

  private final RecordingClient client;
  private final SplittableRandom random;
  private final AtomicBoolean running;
  private final AtomicLong revision;
  private final List<Watcher> watchers;
  private final int nodes;

  Compactor(
      RecordingClient client,
      ChaosOptions options,
      AtomicBoolean running,
      AtomicLong revision,
      List<Watcher> watchers) {
    this.client = client;
    this.random = new SplittableRandom(options.seed() * 41);
    this.running = running;
    this.revision = revision;
    this.watchers = List.copyOf(watchers);
    this.nodes = options.nodes();
  }

  @Override
  public void run() {
    while (running.get()) {
      Pause.millis(random.nextLong(2 * PERIOD_MILLIS));
      long now = revision.get();
      long slowest = watchers.stream().mapToLong(Watcher::reached).min().orElse(now);
      long target =
          random.nextInt(OVERTAKES) == 0 ? now - KEPT_AT_LEAST : Math.min(slowest, now - KEPT);
      if (target > 0) {
        client.execute(random.nextInt(nodes), new Request.Compact(target));
      }
    }
  }
}
