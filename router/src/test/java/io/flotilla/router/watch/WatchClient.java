package io.flotilla.router.watch;

import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.etcd.WatchCancelRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchProgressRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import java.util.ArrayList;
import java.util.List;

/// One stream whose client keeps everything it is sent, and may stop reading.
final class WatchClient implements StreamPort {
  final List<WatchResponse> received = new ArrayList<>();
  boolean reading = true;
  private final VirtualLoop loop;
  private final WatchHub.StreamDoor door;
  private long undelivered;

  /// @param loop of the hub and of the client
  WatchClient(WatchHub hub, VirtualLoop loop) {
    this.loop = loop;
    this.door = hub.open(this);
  }

  @Override
  public Scheduler loop() {
    return loop;
  }

  @Override
  public void deliver(List<WatchResponse> responses, int weightBytes) {
    received.addAll(responses);
    undelivered += weightBytes;
    acknowledge();
  }

  void read(boolean wanted) {
    reading = wanted;
    acknowledge();
  }

  private void acknowledge() {
    if (reading && undelivered > 0) {
      door.onDelivered(undelivered);
      undelivered = 0;
    }
  }

  void send(WatchRequest.Builder... requests) {
    List<WatchRequest> batch = new ArrayList<>();
    for (WatchRequest.Builder request : requests) {
      batch.add(request.build());
    }
    door.send(batch, () -> {});
  }

  void watch(WatchCreateRequest.Builder create) {
    send(WatchRequest.newBuilder().setCreateRequest(create));
  }

  void cancel(long id) {
    send(
        WatchRequest.newBuilder().setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(id)));
  }

  void askProgress() {
    send(WatchRequest.newBuilder().setProgressRequest(WatchProgressRequest.getDefaultInstance()));
  }

  void close() {
    door.close();
  }

  /// What came since the last call.
  List<WatchResponse> take() {
    loop.run();
    List<WatchResponse> taken = List.copyOf(received);
    received.clear();
    return taken;
  }
}
