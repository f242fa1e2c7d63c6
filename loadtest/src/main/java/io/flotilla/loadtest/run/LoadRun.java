package io.flotilla.loadtest.run;

import io.flotilla.loadtest.client.Connection;
import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.report.RunResult;
import io.flotilla.loadtest.workload.Keys;
import io.flotilla.loadtest.workload.PutWorkload;
import io.flotilla.loadtest.workload.Workload;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/// Runs one workload against one server and measures it. Called from a plain thread; everything it
/// starts has ended when it returns.
public final class LoadRun {
  private static final int FILL_IN_FLIGHT = 256;

  private final Vertx vertx;
  private final Progress progress;

  public LoadRun(Vertx vertx, Progress progress) {
    this.vertx = vertx;
    this.progress = progress;
  }

  /// @param name what the report calls it
  /// @throws IllegalStateException when the server cannot be reached or the keys cannot be written
  public RunResult run(String name, LoadPlan plan, Workload workload, Keys keys) {
    if (workload.needsKeys()) {
      fill(plan, keys);
    }
    var tally = new Tally();
    var number = new AtomicInteger();
    String deployment =
        Waits.await(
            vertx.deployVerticle(
                () -> new LoadVerticle(plan, number.getAndIncrement(), workload, tally),
                new DeploymentOptions().setInstances(plan.connections())),
            "connect");
    try {
      progress.watch(name + ", warm-up", tally, plan.warmup());
      Counters.Reading countersBefore = plan.counters().read();
      OptionalLong cpuBefore = ServerCpu.nanos(plan.serverPids());
      tally.reset();
      long start = System.nanoTime();
      progress.watch(name, tally, plan.measure());
      long tookNanos = System.nanoTime() - start;
      OptionalLong cpuAfter = ServerCpu.nanos(plan.serverPids());
      Counters.Reading countersAfter = plan.counters().read();
      Histogram latencies = tally.takeLatencies();
      long done = latencies.getTotalCount();
      OptionalDouble cpuMicros =
          cpuBefore.isPresent() && cpuAfter.isPresent() && done > 0
              ? OptionalDouble.of((cpuAfter.getAsLong() - cpuBefore.getAsLong()) / 1e3 / done)
              : OptionalDouble.empty();
      return new RunResult(
          name,
          Duration.ofNanos(tookNanos),
          latencies,
          tally.failures(),
          cpuMicros,
          ServerCpu.residentBytes(plan.serverPids()),
          Counters.perSecond(countersBefore, countersAfter));
    } finally {
      Waits.await(vertx.undeploy(deployment), "stop");
    }
  }

  /// Writes every key once.
  private void fill(LoadPlan plan, Keys keys) {
    var put = new PutWorkload(keys);
    var connection =
        new Connection(vertx, plan.endpoints().getFirst(), Deadlines.ofCall(plan.timeoutMillis()));
    var next = new AtomicLong();
    var written = new AtomicLong();
    try {
      Future<?>[] lanes = new Future<?>[FILL_IN_FLIGHT];
      for (int i = 0; i < FILL_IN_FLIGHT; i++) {
        lanes[i] = fillLane(put, connection, next, written);
      }
      Future<?> all = Future.all(List.of(lanes));
      while (!all.isComplete()) {
        progress.filling(written.get(), keys.count());
        Waits.sleep(Duration.ofMillis(500));
      }
      progress.filling(written.get(), keys.count());
      Waits.await(all, "write the keys");
    } finally {
      Waits.await(connection.close(), "disconnect");
    }
  }

  /// Writes key after key, one at a time, until none is left. The loop runs through callbacks, not
  /// through a chain of futures that would grow with the number of keys.
  private static Future<Void> fillLane(
      PutWorkload put, Connection connection, AtomicLong next, AtomicLong written) {
    Promise<Void> finished = Promise.promise();
    fillNext(put, connection, next, written, finished);
    return finished.future();
  }

  private static void fillNext(
      PutWorkload put,
      Connection connection,
      AtomicLong next,
      AtomicLong written,
      Promise<Void> finished) {
    long index = next.getAndIncrement();
    if (index >= put.keys().count()) {
      finished.complete();
      return;
    }
    put.put(connection, index)
        .onComplete(
            result -> {
              if (result.failed()) {
                finished.fail(result.cause());
              } else {
                written.incrementAndGet();
                fillNext(put, connection, next, written, finished);
              }
            });
  }
}
