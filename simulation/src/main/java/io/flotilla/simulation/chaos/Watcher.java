package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.HistoryRecorder;
import io.flotilla.simulation.history.Watching.Query;
import io.flotilla.simulation.history.Where;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/// A client that watches for the whole run: resumes where it was when its stream ends, when nothing
/// comes any more, and now and then for no reason, mostly at another node.
final class Watcher implements Runnable {
  private static final long STEP_MILLIS = 200;
  private static final int STEPS_PER_PROGRESS = 3;
  private static final int STEPS_PER_MOVE = 50;
  private static final long SILENCE_NANOS = Duration.ofSeconds(4).toNanos();

  private final int number;
  private final Cluster cluster;
  private final HistoryRecorder recorder;
  private final Query query;
  private final SplittableRandom random;
  private final AtomicBoolean running;
  private volatile long next;

  /// @param running false ends the watcher
  Watcher(
      int number, Cluster cluster, HistoryRecorder recorder, Query query, AtomicBoolean running) {
    this.number = number;
    this.cluster = cluster;
    this.recorder = recorder;
    this.query = query;
    this.random = new SplittableRandom(number);
    this.running = running;
    this.next = query.start();
  }

  /// Every wanted event up to this revision has come.
  long reached() {
    return next - 1;
  }

  @Override
  public void run() {
    while (running.get()) {
      int node = random.nextInt(cluster.size());
      var where = new Where(number, node, cluster.node(node).process().starts());
      var attempt = new WatchAttempt(recorder, where, from(next));
      attempt.open(cluster.connection(node), random.nextBoolean());
      follow(attempt);
      next = attempt.next();
    }
  }

  private Query from(long start) {
    return new Query(query.span(), start, query.previous(), query.noPuts(), query.noDeletes());
  }

  private void follow(WatchAttempt attempt) {
    int moveAt = 10 + random.nextInt(2 * STEPS_PER_MOVE);
    for (int step = 1; running.get() && !attempt.isEnded(); step++) {
      Pause.millis(STEP_MILLIS);
      next = attempt.next();
      if (step % STEPS_PER_PROGRESS == 0) {
        attempt.askProgress();
      }
      if (step == moveAt) {
        attempt.end("moves");
      } else if (attempt.silentNanos() > SILENCE_NANOS) {
        attempt.end("nothing comes");
      }
    }
    attempt.end("over");
  }

  @Override
  public String toString() {
    return "watcher " + number + " of " + query + ", which has reached " + reached();
  }
}
