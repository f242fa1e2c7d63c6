package io.flotilla.router.watch;

import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// One client's watch stream on the loop of its connection: passes requests to the hub in batches
/// and responses to the client, and tells the hub when the client has taken them. Who may watch is
/// asked here, once for each watcher, and requests stay in their order meanwhile.
public final class WatchSession implements StreamSession<WatchRequest>, StreamPort {
  /// Requests that the hub has not looked at yet; above it the client has to wait.
  private static final int REQUESTS_MAX = 1024;

  /// Decides whether the client may have a watcher.
  @FunctionalInterface
  public interface Permit {
    /// Lets everything through.
    Permit ALL = _ -> Future.succeededFuture();

    /// Completes on the connection's loop; fails with what the client is told.
    Future<Void> ask(WatchCreateRequest request);
  }

  private final StreamSink<WatchResponse> sink;
  private final Scheduler loop;
  private final Permit permit;
  private final WatchHub.StreamDoor door;
  private final ArrayDeque<WatchRequest> waiting = new ArrayDeque<>();
  private boolean deciding;
  private List<WatchRequest> requests = new ArrayList<>();
  private int unprocessed;
  private long undelivered;

  /// @param loop of the connection
  public WatchSession(WatchHub hub, StreamSink<WatchResponse> sink, Scheduler loop) {
    this(hub, sink, loop, Permit.ALL);
  }

  /// @param loop of the connection
  public WatchSession(WatchHub hub, StreamSink<WatchResponse> sink, Scheduler loop, Permit permit) {
    this.permit = permit;
    this.sink = sink;
    this.loop = loop;
    this.door = hub.open(this);
  }

  @Override
  public Scheduler loop() {
    return loop;
  }

  @Override
  public void onRequest(WatchRequest request) {
    unprocessed++;
    if (unprocessed == REQUESTS_MAX) {
      sink.receive(false);
    }
    if (deciding) {
      waiting.add(request);
    } else {
      decide(request);
    }
  }

  private void decide(WatchRequest request) {
    Future<Void> allowed = allowed(request);
    if (allowed.succeeded()) {
      pass(request);
      return;
    }
    deciding = true;
    allowed.onComplete(
        _ -> goOn(() -> pass(request)), failure -> goOn(() -> refuse(RefusalText.of(failure))));
  }

  /// What is wrong with the start is said first.
  private Future<Void> allowed(WatchRequest request) {
    WatchCreateRequest create = request.getCreateRequest();
    return request.hasCreateRequest() && create.getStartRevision() >= 0
        ? permit.ask(create)
        : Future.succeededFuture();
  }

  private void goOn(Runnable decided) {
    deciding = false;
    if (sink.closed()) {
      return;
    }
    decided.run();
    while (!deciding && !waiting.isEmpty()) {
      decide(waiting.remove());
    }
  }

  private void pass(WatchRequest request) {
    if (requests.isEmpty()) {
      loop.execute(this::handOver);
    }
    requests.add(request);
  }

  private void refuse(String reason) {
    handOver();
    door.refuse(reason, () -> loop.execute(() -> onProcessed(1)));
  }

  private void handOver() {
    if (requests.isEmpty()) {
      return;
    }
    List<WatchRequest> batch = requests;
    requests = new ArrayList<>();
    door.send(batch, () -> loop.execute(() -> onProcessed(batch.size())));
  }

  private void onProcessed(int count) {
    boolean paused = unprocessed >= REQUESTS_MAX;
    unprocessed -= count;
    if (paused && unprocessed < REQUESTS_MAX) {
      sink.receive(true);
    }
  }

  @Override
  public void deliver(List<WatchResponse> responses, int weightBytes) {
    responses.forEach(sink::send);
    undelivered += weightBytes;
    if (sink.writable()) {
      onWritable();
    }
  }

  @Override
  public void onWritable() {
    if (undelivered > 0) {
      door.onDelivered(undelivered);
      undelivered = 0;
    }
  }

  @Override
  public void onClosed() {
    door.close();
  }
}
