package io.flotilla.simulation.client;

import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.StreamSink;
import io.flotilla.router.watch.WatchSession;
import io.flotilla.simulation.history.Watching;
import io.flotilla.simulation.wire.ToEtcd;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The client's end of one watch stream with one watcher: responses take time, in order, and only
/// so many are under way.
final class WatchStreamEnd implements StreamSink<WatchResponse> {
  private static final int WINDOW = 12;
  private static final long HICCUP_NANOS = 700 * Timeline.MILLI;

  private final Surroundings around;
  private final Wire wire;
  private final SimNode node;
  private final RandomGenerator random;
  private final BiConsumer<WatchStreamEnd, WatchResponse> onResponse;
  private @Nullable WatchSession session;
  private StreamSink<WatchResponse> bent = this;
  private long lastArrivalNanos;
  private int underWay;
  private boolean closed;

  WatchStreamEnd(
      Surroundings around,
      Wire wire,
      SimNode node,
      RandomGenerator random,
      BiConsumer<WatchStreamEnd, WatchResponse> onResponse) {
    this.around = around;
    this.wire = wire;
    this.node = node;
    this.random = random;
    this.onResponse = onResponse;
  }

  void open(Watching.Query query) {
    bent = around.cluster().bent().watch(node.machine(), this);
    var create = ToEtcd.watch(query).toBuilder().setProgressNotify(true);
    var request = WatchRequest.newBuilder().setCreateRequest(create).build();
    around.timeline().after(wire.latencyNanos(), node.life(), () -> begin(request));
  }

  /// At the node.
  private void begin(WatchRequest request) {
    if (!closed) {
      var opened = new WatchSession(node.replica().hub(), bent, node.loop());
      session = opened;
      opened.onRequest(request);
    }
  }

  /// The client goes.
  void close() {
    closed = true;
    around
        .timeline()
        .after(
            wire.latencyNanos(),
            node.life(),
            () -> {
              WatchSession open = session;
              if (open != null) {
                open.onClosed();
              }
            });
  }

  // ------------------------------------------------------------------- at the node

  @Override
  public void send(WatchResponse response) {
    if (closed) {
      return;
    }
    underWay++;
    long hiccup = random.nextInt(200) == 0 ? random.nextLong(HICCUP_NANOS) : 0;
    lastArrivalNanos =
        Math.max(lastArrivalNanos, around.timeline().nowNanos() + wire.latencyNanos() + hiccup);
    around.timeline().at(lastArrivalNanos, null, () -> arrive(response));
  }

  private void arrive(WatchResponse response) {
    underWay--;
    if (closed) {
      return;
    }
    onResponse.accept(this, response);
    WatchSession open = session;
    if (underWay == WINDOW - 1 && open != null) {
      around.timeline().after(0, node.life(), open::onWritable);
    }
  }

  @Override
  public boolean writable() {
    return underWay < WINDOW;
  }

  @Override
  public void receive(boolean wanted) {
    // One request is sent, which there is room for.
  }

  @Override
  public void end() {
    closed = true;
  }

  @Override
  public void fail(ApiStatus status) {
    closed = true;
  }

  @Override
  public boolean closed() {
    return closed;
  }
}
