package io.flotilla.simulation.plant;

import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.StreamSink;

/// Sends some responses more often than once, or not at all.
final class StutteringSink implements StreamSink<WatchResponse> {
  private static final int STRIDE = 25;

  private final StreamSink<WatchResponse> honest;
  private final int times;

  /// @param times how often those responses are sent
  StutteringSink(StreamSink<WatchResponse> honest, int times) {
    this.honest = honest;
    this.times = times;
  }

  @Override
  public void send(WatchResponse response) {
    boolean stutters =
        response.getEventsCount() > 0 && response.getHeader().getRevision() % STRIDE == 0;
    for (int i = 0; i < (stutters ? times : 1); i++) {
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
