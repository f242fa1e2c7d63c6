package io.flotilla.router.front;

import io.flotilla.raft.transport.tls.SocketTls;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;

/// Transport settings of a listener.
final class ServerOptions {
  /// What a client may send on a stream before the server has read it: half of the largest message,
  /// so that large puts do not wait for each other's windows.
  private static final int STREAM_WINDOW_BYTES = 1024 * 1024;

  /// The same for all streams of a connection: what one connection can make the server hold.
  private static final int CONNECTION_WINDOW_BYTES = 8 * 1024 * 1024;

  private static final int MAX_HEADER_BYTES = 64 * 1024;

  /// Clients may reset streams in bulk when they drop their watches; beyond this it is an attack.
  private static final int MAX_RESETS_PER_WINDOW = 20_000;

  /// A client that has not finished its handshake by then is cut off.
  static final long HANDSHAKE_MILLIS = 10_000;

  private static final int ACCEPT_BACKLOG = 4096;

  private ServerOptions() {}

  /// The idle timeout holds until [ConnectionSetup] lifts it.
  static HttpServerOptions of(FrontConfig config, Listener listener) {
    var settings =
        new Http2Settings()
            .setMaxConcurrentStreams(config.maxConcurrentStreams())
            .setInitialWindowSize(STREAM_WINDOW_BYTES)
            .setMaxHeaderListSize(MAX_HEADER_BYTES);
    var options =
        new HttpServerOptions()
            .setInitialSettings(settings)
            .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
            .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS_PER_WINDOW)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxInitialLineLength(MAX_HEADER_BYTES)
            .setIdleTimeout(Math.toIntExact(config.firstRequestMillis()))
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setHandle100ContinueAutomatically(true)
            .setAcceptBacklog(ACCEPT_BACKLOG)
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true);
    Listener.Tls tls = listener.tls();
    if (tls != null) {
      SocketTls.serve(tls.store(), HANDSHAKE_MILLIS, options);
    }
    return options;
  }
}
