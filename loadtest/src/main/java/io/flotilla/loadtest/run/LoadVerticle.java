package io.flotilla.loadtest.run;

import io.flotilla.loadtest.client.Connection;
import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.workload.Workload;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import java.util.function.Consumer;

/// One connection and the requests on it, on one event loop.
///
/// In a closed loop each of `clients` sends its next request when the last was answered. In an open
/// loop requests are due at fixed times whether or not the server keeps up, and a latency counts
/// from when the request was due: a stall is charged to everything it delayed.
final class LoadVerticle extends AbstractVerticle {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int FAILURE_PAUSE_MILLIS = 20;

  private final Endpoint endpoint;
  private final Deadlines deadlines;
  private final Workload workload;
  private final Tally tally;
  private final int clients;
  private final double ratePerSecond;

  private Connection connection;
  private boolean stopping;
  private int inFlight;
  private Promise<Void> idle;
  private long startedNanos;
  private long sent;

  /// @param number which of the connections of the plan this is, from 0
  LoadVerticle(LoadPlan plan, int number, Workload workload, Tally tally) {
    this.endpoint = plan.endpoints().get(number % plan.endpoints().size());
    this.deadlines = Deadlines.ofCall(plan.timeoutMillis());
    this.workload = workload;
    this.tally = tally;
    int share = plan.clients() / plan.connections();
    this.clients = share + (number < plan.clients() % plan.connections() ? 1 : 0);
    this.ratePerSecond = (double) plan.rate().orElse(0) / plan.connections();
  }

  @Override
  public void start() {
    connection = new Connection(vertx, endpoint, deadlines);
    startedNanos = System.nanoTime();
    if (ratePerSecond > 0) {
      vertx.setPeriodic(1, _ -> sendDue());
    } else {
      for (int i = 0; i < clients; i++) {
        sendAgain();
      }
    }
  }

  @Override
  public void stop(Promise<Void> stopped) {
    stopping = true;
    idle = Promise.promise();
    if (inFlight == 0) {
      idle.complete();
    }
    idle.future().compose(_ -> connection.close()).onComplete(stopped);
  }

  private void sendAgain() {
    long start = System.nanoTime();
    send(
        start,
        failed -> {
          if (failed) {
            vertx.setTimer(FAILURE_PAUSE_MILLIS, _ -> sendUnlessStopping());
          } else {
            sendUnlessStopping();
          }
        });
  }

  private void sendUnlessStopping() {
    if (!stopping) {
      sendAgain();
    }
  }

  private void sendDue() {
    long due = (long) ((System.nanoTime() - startedNanos) * ratePerSecond / NANOS_PER_SECOND);
    while (sent < due && inFlight < clients && !stopping) {
      long dueNanos = startedNanos + (long) (sent * (NANOS_PER_SECOND / ratePerSecond));
      sent++;
      send(dueNanos, _ -> {});
    }
  }

  private void send(long startNanos, Consumer<Boolean> then) {
    inFlight++;
    workload
        .send(connection)
        .onComplete(
            result -> {
              inFlight--;
              if (result.succeeded()) {
                tally.succeeded(System.nanoTime() - startNanos);
              } else if (!stopping) {
                tally.failed(result.cause());
              }
              if (stopping && inFlight == 0) {
                idle.tryComplete();
              }
              then.accept(result.failed());
            });
  }
}
