package io.flotilla.router.front.service;

import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/// A watch stream with one watcher, whose client is a call of this server. On the call's loop.
final class InnerWatch implements StreamSink<WatchResponse> {
  /// Who wanted to know. Not told any more after [InnerWatch#close].
  interface Listener {
    /// Events, in their order.
    void onEvents(WatchResponse response);

    /// History before the watcher was compacted away: whoever still wants to know looks again.
    void onCompacted();

    /// There is no watcher.
    void onFailed(ApiStatus reason);

    /// Whether it keeps up.
    default boolean writable() {
      return true;
    }
  }

  private final Listener listener;
  private @Nullable StreamSession<WatchRequest> session;
  private boolean closed;

  InnerWatch(Listener listener) {
    this.listener = listener;
  }

  void start(StreamSession<WatchRequest> opened, WatchCreateRequest request) {
    session = opened;
    opened.onRequest(WatchRequest.newBuilder().setCreateRequest(request).build());
  }

  @Override
  public void send(WatchResponse response) {
    if (closed) {
      return;
    }
    if (!response.getCanceled()) {
      if (response.getEventsCount() > 0) {
        listener.onEvents(response);
      }
    } else if (response.getCompactRevision() != 0) {
      close();
      listener.onCompacted();
    } else {
      close();
      listener.onFailed(new ApiStatus(GrpcStatus.UNKNOWN, response.getCancelReason()));
    }
  }

  /// The listener has room again.
  void onWritable() {
    StreamSession<WatchRequest> open = session;
    if (!closed && open != null) {
      open.onWritable();
    }
  }

  void close() {
    StreamSession<WatchRequest> open = session;
    if (!closed) {
      closed = true;
      if (open != null) {
        open.onClosed();
      }
    }
  }

  @Override
  public boolean writable() {
    return !closed && listener.writable();
  }

  /// One request is all there is.
  @Override
  public void receive(boolean wanted) {}

  @Override
  public void end() {
    fail(ApiError.WATCH_CANCELED.status());
  }

  @Override
  public void fail(ApiStatus status) {
    if (!closed) {
      close();
      listener.onFailed(status);
    }
  }

  @Override
  public boolean closed() {
    return closed;
  }
}
