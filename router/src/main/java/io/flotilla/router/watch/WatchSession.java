package io.flotilla.router.watch;

import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import java.util.ArrayList;
import java.util.List;

/// One client's watch stream on the loop of its connection: passes requests to the hub in batches
/// and responses to the client, and tells the hub when the client has taken them. It decides
/// nothing.
public final class WatchSession implements StreamSession<WatchRequest>, StreamPort {
  /// Requests that the hub has not looked at yet; above it the client has to wait.
  private static final int REQUESTS_MAX = 1024;

  private final StreamSink<WatchResponse> sink;
  private final Scheduler loop;
  private final WatchHub.StreamDoor door;
  private List<WatchRequest> requests = new ArrayList<>();
  private int unprocessed;
  private long undelivered;

  /// @param loop of the connection
  public WatchSession(WatchHub hub, StreamSink<WatchResponse> sink, Scheduler loop) {
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
    if (requests.isEmpty()) {
      loop.execute(this::handOver);
    }
    requests.add(request);
    unprocessed++;
    if (unprocessed == REQUESTS_MAX) {
      sink.receive(false);
    }
  }

  private void handOver() {
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
