package io.flotilla.loadtest.run;

import com.google.protobuf.ByteString;
import io.flotilla.loadtest.client.Connection;
import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.report.RunResult;
import io.flotilla.loadtest.workload.Keys;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchGrpcClient;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClientRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/// Many watchers and one writer at a fixed rate. Each value carries the time at which it was sent;
/// the latency is from there until a watcher has the event, so one write gives as many latencies as
/// there are watchers on its key.
public final class WatchRun {
  private static final int STREAMS_PER_CONNECTION = 50;
  private static final int IN_FLIGHT_MAX = 1000;
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  /// What a watcher hears of.
  public enum Watched {
    /// All keys that are written.
    PREFIX,
    /// One of them.
    ONE_KEY,
    /// All keys of the server, whoever writes them.
    EVERYTHING
  }

  /// @param watchers how many, over all streams
  /// @param streams gRPC streams the watchers are spread over
  public record WatchPlan(int watchers, int streams, Watched watched) {
    public WatchPlan {
      if (streams < 1 || watchers < streams) {
        throw new IllegalArgumentException("needs a stream and a watcher for each stream");
      }
    }
  }

  private final Vertx vertx;
  private final Progress progress;
  private final LoadPlan plan;
  private final WatchPlan watch;
  private final Keys keys;
  private final Tally tally = new Tally();
  private final List<Connection> connections = new ArrayList<>();
  private final List<GrpcClientRequest<WatchRequest, WatchResponse>> streams = new ArrayList<>();

  public WatchRun(Vertx vertx, Progress progress, LoadPlan plan, WatchPlan watch, Keys keys) {
    this.vertx = vertx;
    this.progress = progress;
    this.plan = plan;
    this.watch = watch;
    this.keys = keys;
  }

  /// Blocks until the run is over.
  public RunResult run() {
    try {
      openWatchers();
      var writer =
          new Connection(
              vertx, plan.endpoints().getFirst(), Deadlines.ofCall(plan.timeoutMillis()));
      connections.add(writer);
      long timer = startWriting(writer);
      progress.watch("watch, warm-up", tally, plan.warmup());
      OptionalLong cpuBefore = ServerCpu.nanos(plan.serverPids());
      tally.reset();
      long start = System.nanoTime();
      progress.watch("watch", tally, plan.measure());
      long took = System.nanoTime() - start;
      OptionalLong cpuAfter = ServerCpu.nanos(plan.serverPids());
      vertx.cancelTimer(timer);
      Histogram latencies = tally.takeLatencies();
      long events = latencies.getTotalCount();
      OptionalDouble cpu =
          cpuBefore.isPresent() && cpuAfter.isPresent() && events > 0
              ? OptionalDouble.of((cpuAfter.getAsLong() - cpuBefore.getAsLong()) / 1e3 / events)
              : OptionalDouble.empty();
      return new RunResult(
          "watch",
          Duration.ofNanos(took),
          latencies,
          tally.failures(),
          cpu,
          ServerCpu.residentBytes(plan.serverPids()),
          Map.of());
    } finally {
      streams.forEach(GrpcClientRequest::cancel);
      connections.forEach(connection -> Waits.await(connection.close(), "disconnect"));
    }
  }

  private void openWatchers() {
    progress.say("opening " + watch.watchers() + " watchers on " + watch.streams() + " streams");
    List<Future<?>> opened = new ArrayList<>();
    for (int i = 0; i < watch.streams(); i++) {
      if (i % STREAMS_PER_CONNECTION == 0) {
        var endpoint = plan.endpoints().get(connections.size() % plan.endpoints().size());
        connections.add(new Connection(vertx, endpoint, Deadlines.ofCall(plan.timeoutMillis())));
      }
      opened.add(openStream(connections.getLast(), i));
    }
    Waits.await(Future.all(opened), "open the watchers");
  }

  /// Opens one stream with its share of the watchers; completes when all of them are created.
  private Future<Void> openStream(Connection connection, int number) {
    int share = watch.watchers() / watch.streams();
    int first = number * share + Math.min(number, watch.watchers() % watch.streams());
    int count = share + (number < watch.watchers() % watch.streams() ? 1 : 0);
    Promise<Void> ready = Promise.promise();
    var missing = new AtomicInteger(count);
    Map<Long, Long> heard = new HashMap<>();
    connection
        .open(WatchGrpcClient.Watch)
        .onFailure(ready::tryFail)
        .onSuccess(
            stream -> {
              synchronized (streams) {
                streams.add(stream);
              }
              stream
                  .response()
                  .onFailure(ready::tryFail)
                  .onSuccess(
                      response ->
                          response
                              .handler(message -> onMessage(message, missing, ready, heard))
                              .exceptionHandler(tally::failed));
              for (int i = 0; i < count; i++) {
                stream.write(create(first + i));
              }
            });
    return ready.future();
  }

  private WatchRequest create(int watcher) {
    var create = WatchCreateRequest.newBuilder();
    switch (watch.watched()) {
      case PREFIX -> create.setKey(keys.prefix()).setRangeEnd(KeyPrefix.end(keys.prefix()));
      case ONE_KEY -> create.setKey(keys.key(watcher % keys.count()));
      case EVERYTHING -> create.setKey(ZERO).setRangeEnd(ZERO);
    }
    return WatchRequest.newBuilder().setCreateRequest(create).build();
  }

  /// @param heard the newest revision of each watcher of the stream
  private void onMessage(
      WatchResponse message, AtomicInteger missing, Promise<Void> ready, Map<Long, Long> heard) {
    if (message.getCreated() && missing.decrementAndGet() == 0) {
      ready.tryComplete();
    }
    if (message.getCanceled()) {
      tally.failed(new IllegalStateException("watcher cancelled: " + message.getCancelReason()));
    }
    long now = System.nanoTime();
    for (Event event : message.getEventsList()) {
      long revision = event.getKv().getModRevision();
      long before = heard.getOrDefault(message.getWatchId(), 0L);
      if (revision < before) {
        tally.failed(new IllegalStateException("an event came behind a later one"));
      }
      heard.put(message.getWatchId(), revision);
      ByteString value = event.getKv().getValue();
      boolean own = event.getKv().getKey().startsWith(keys.prefix());
      if (own && value.size() >= Long.BYTES) {
        tally.succeeded(now - value.asReadOnlyByteBuffer().getLong());
      }
    }
  }

  private long startWriting(Connection writer) {
    Context context = vertx.getOrCreateContext();
    long start = System.nanoTime();
    long rate = plan.rate().orElseThrow();
    var sent = new AtomicLong();
    var inFlight = new AtomicInteger();
    Promise<Long> timer = Promise.promise();
    context.runOnContext(
        _ ->
            timer.complete(
                vertx.setPeriodic(
                    1,
                    _ -> {
                      long due = (System.nanoTime() - start) * rate / 1_000_000_000L;
                      while (sent.get() < due && inFlight.get() < IN_FLIGHT_MAX) {
                        sent.incrementAndGet();
                        inFlight.incrementAndGet();
                        write(writer).onComplete(_ -> inFlight.decrementAndGet());
                      }
                    })));
    return Waits.await(timer.future(), "start writing");
  }

  private Future<?> write(Connection writer) {
    ByteString value = keys.value();
    byte[] stamped = new byte[Math.max(Long.BYTES, value.size())];
    value.copyTo(stamped, 0);
    ByteBuffer.wrap(stamped).putLong(System.nanoTime());
    var request =
        PutRequest.newBuilder()
            .setKey(keys.key(keys.pick()))
            .setValue(ByteString.copyFrom(stamped));
    return writer.call(KVGrpcClient.Put, request.build()).onFailure(tally::failed);
  }
}
