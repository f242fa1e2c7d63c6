package io.flotilla.simulation.plant;

import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.StreamSink;
import org.jspecify.annotations.Nullable;

/// Lets some revisions pass those before them, as a merger would that does not wait for a group.
final class SwappingSink implements StreamSink<WatchResponse> {
  private static final int STRIDE = 20;

  private final StreamSink<WatchResponse> honest;
  private @Nullable WatchResponse heldBack;
  private long sent;

  SwappingSink(StreamSink<WatchResponse> honest) {
    this.honest = honest;
  }

  @Override
  public void send(WatchResponse response) {
    WatchResponse late = heldBack;
    if (late != null) {
      heldBack = null;
      honest.send(response);
      honest.send(late);
    } else if (response.getEventsCount() > 0 && ++sent % STRIDE == 0) {
      heldBack = response;
    } else {
      honest.send(response);
    }
  }

  @Override
  public boolean writable() {
    return honest.writable();
  }

  @Override
  public void receive(boolean wanted) {
    honest.receive(wanted);
  }

  @Override
  public void end() {
    honest.end();
  }

  @Override
  public void fail(ApiStatus status) {
    honest.fail(status);
  }

  @Override
  public boolean closed() {
    return honest.closed();
  }
}
