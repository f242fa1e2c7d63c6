package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.client.CallFailure;
import io.flotilla.loadtest.client.CallFailure.Kind;
import io.flotilla.loadtest.client.Connection;
import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.failover.FailoverPlan.Writing;
import io.flotilla.loadtest.failover.WriteKeys.WriteId;
import io.flotilla.loadtest.run.Tally;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.PutRequest;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One client that writes at a constant rate and goes on with another endpoint when its own fails,
/// as etcd's clients do.
///
/// A write that certainly was not looked at is sent again elsewhere until its deadline. A write
/// whose outcome is unknown is never sent again: it counts as failed, and the next one goes to the
/// next endpoint.
final class WriterVerticle extends AbstractVerticle {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long TICK_MILLIS = 1;
  private static final long ALL_TRIED_PAUSE_MILLIS = 20;

  private final List<Endpoint> endpoints;
  private final Writing writing;
  private final WriteKeys keys;
  private final int number;
  private final WriteLog log;
  private final Tally tally;

  private Link link;
  private int turn;
  private long startedNanos;
  private long begun;
  private int inFlight;
  private boolean stopping;
  private Promise<Void> idle;

  WriterVerticle(FailoverPlan plan, int number, WriteLog log, Tally tally) {
    this.endpoints = plan.endpoints();
    this.writing = plan.writing();
    this.keys = plan.keys();
    this.number = number;
    this.log = log;
    this.tally = tally;
  }

  @Override
  public void start() {
    turn = number % endpoints.size();
    link = connect();
    startedNanos = System.nanoTime();
    vertx.setPeriodic(TICK_MILLIS, _ -> writeDue());
  }

  /// Completes when every write that was begun has an outcome.
  @Override
  public void stop(Promise<Void> stopped) {
    stopping = true;
    idle = Promise.promise();
    if (inFlight == 0) {
      idle.complete();
    }
    idle.future().compose(_ -> link.connection.close()).onComplete(stopped);
  }

  private Link connect() {
    return new Link(new Connection(vertx, endpoints.get(turn), writing.deadlines()));
  }

  private void writeDue() {
    long now = System.nanoTime();
    while (!stopping && inFlight < writing.inFlightMax() && dueNanos(begun) <= now) {
      int sequence = log.begin(dueNanos(begun));
      begun++;
      inFlight++;
      long giveUp = now + TimeUnit.MILLISECONDS.toNanos(writing.deadlines().callMillis());
      attempt(sequence, giveUp, 1);
    }
  }

  /// The clients take turns: each has its own phase in the same rhythm.
  private long dueNanos(long write) {
    double slots = (double) write * writing.clients() + number;
    return startedNanos + (long) (slots * NANOS_PER_SECOND / writing.ratePerSecond());
  }

  private void attempt(int sequence, long giveUpNanos, int tries) {
    var write = new WriteId(number, sequence);
    var request = PutRequest.newBuilder().setKey(keys.key(write)).setValue(keys.value(write));
    Link used = link;
    used.inFlight++;
    used.connection
        .call(KVGrpcClient.Put, request.build())
        .onComplete(
            result -> {
              used.inFlight--;
              used.closeWhenDone();
              if (result.succeeded()) {
                onAcknowledged(sequence, result.result().getHeader().getRevision());
              } else {
                onFailure(sequence, giveUpNanos, tries, used, result.cause());
              }
            });
  }

  private void onAcknowledged(int sequence, long revision) {
    long now = System.nanoTime();
    log.acknowledged(sequence, now, revision);
    tally.succeeded(now - log.dueNanos(sequence));
    onDone();
  }

  private void onFailure(int sequence, long giveUp, int tries, Link used, Throwable cause) {
    Kind kind = cause instanceof CallFailure failure ? failure.kind() : Kind.BROKEN;
    if (kind != Kind.STATUS) {
      leave(used);
    }
    long now = System.nanoTime();
    if (kind != Kind.NOT_SENT || now >= giveUp) {
      log.failed(sequence, now, String.valueOf(cause.getMessage()));
      tally.failed(cause);
      onDone();
    } else if (tries % endpoints.size() == 0) {
      vertx.setTimer(ALL_TRIED_PAUSE_MILLIS, _ -> attempt(sequence, giveUp, tries + 1));
    } else {
      attempt(sequence, giveUp, tries + 1);
    }
  }

  /// Goes on with the next endpoint, unless another write has already done so.
  private void leave(Link used) {
    if (used == link) {
      turn = (turn + 1) % endpoints.size();
      link = connect();
      used.retired = true;
      used.closeWhenDone();
    }
  }

  private void onDone() {
    inFlight--;
    if (stopping && inFlight == 0) {
      idle.tryComplete();
    }
  }

  /// A connection and the writes on it; one that was left is closed when the last has its outcome.
  private static final class Link {
    private final Connection connection;
    private int inFlight;
    private boolean retired;

    Link(Connection connection) {
      this.connection = connection;
    }

    void closeWhenDone() {
      if (retired && inFlight == 0) {
        retired = false;
        connection.close();
      }
    }
  }
}
