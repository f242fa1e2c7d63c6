package io.flotilla.raft.transport.grpc;

import io.flotilla.base.tls.TlsStore;
import io.flotilla.raft.transport.tls.SocketTls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes connections to nodes: asks for the addresses of each URL, then tries them one by one.
final class Dialer {
  /// What a node may send on a stream, and on a connection, before it is read.
  private static final int WINDOW_BYTES = 512 * 1024;

  private static final int CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

  private final Vertx vertx;
  private final NameLookup names;
  private final @Nullable TlsStore tls;
  private final int timeoutMillis;
  private final HttpClientAgent client;

  Dialer(Vertx vertx, NameLookup names, @Nullable TlsStore tls, int timeoutMillis) {
    this.vertx = vertx;
    this.names = names;
    this.tls = tls;
    this.timeoutMillis = timeoutMillis;
    this.client = vertx.createHttpClient(options());
  }

  private HttpClientOptions options() {
    return new HttpClientOptions()
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setHttp2ClearTextUpgrade(false)
        .setUseAlpn(true)
        .setSslEngineOptions(SocketTls.engine())
        .setInitialSettings(
            new Http2Settings().setPushEnabled(false).setInitialWindowSize(WINDOW_BYTES))
        .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
        .setHttp2KeepAliveTimeout(0)
        .setKeepAliveTimeout(0)
        .setConnectTimeout(timeoutMillis)
        .setSslHandshakeTimeout(timeoutMillis)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
        .setTcpNoDelay(true)
        .setTcpKeepAlive(true);
  }

  /// @param onConnected told of the first connection that stands
  /// @param onFailed told why there is none, after all addresses failed
  Attempt dial(
      List<PeerUrl> urls, Consumer<HttpClientConnection> onConnected, Consumer<String> onFailed) {
    var attempt = new Attempt(urls, onConnected, onFailed);
    attempt.nextUrl();
    return attempt;
  }

  Future<Void> close() {
    return client.close();
  }

  /// One round through all addresses. Tells its end once, unless it is abandoned.
  final class Attempt {
    private final ArrayDeque<PeerUrl> urls;
    private final ArrayDeque<SocketAddress> addresses = new ArrayDeque<>();
    private final Consumer<HttpClientConnection> onConnected;
    private final Consumer<String> onFailed;
    private String reason = "no URL is known";
    private boolean abandoned;

    Attempt(
        List<PeerUrl> urls, Consumer<HttpClientConnection> onConnected, Consumer<String> onFailed) {
      this.urls = new ArrayDeque<>(urls);
      this.onConnected = onConnected;
      this.onFailed = onFailed;
    }

    void abandon() {
      abandoned = true;
    }

    private void nextUrl() {
      PeerUrl url = urls.pollFirst();
      if (abandoned) {
        return;
      }
      if (url == null) {
        String why = reason;
        vertx.runOnContext(
            _ -> {
              if (!abandoned) {
                onFailed.accept(why);
              }
            });
      } else if (url.tls() && tls == null) {
        reason = url + " needs TLS, which this node has no certificates for";
        nextUrl();
      } else {
        names
            .addresses(url.host())
            .onComplete(
                found -> {
                  found.forEach(
                      ip -> addresses.add(SocketAddress.inetSocketAddress(url.port(), ip)));
                  nextAddress(url);
                },
                failure -> failed(url, failure));
      }
    }

    private void failed(PeerUrl url, Throwable failure) {
      reason = url + ": " + failure.getMessage();
      nextAddress(url);
    }

    private void nextAddress(PeerUrl url) {
      SocketAddress address = addresses.pollFirst();
      if (abandoned || address == null) {
        nextUrl();
        return;
      }
      bounded(client.connect(to(url, address)))
          .onComplete(this::connected, failure -> failed(url, failure));
    }

    private void connected(HttpClientConnection connection) {
      if (abandoned) {
        connection.close();
      } else {
        onConnected.accept(connection);
      }
    }
  }

  private HttpConnectOptions to(PeerUrl url, SocketAddress address) {
    var options =
        new HttpConnectOptions()
            .setServer(address)
            .setHost(url.host())
            .setPort(url.port())
            .setSsl(url.tls());
    return url.tls() && tls != null
        ? options.setSslOptions(SocketTls.client(tls, List.of("h2")))
        : options;
  }

  /// The client's own limit ends with TCP and TLS; a server that then says nothing would hold the
  /// attempt for ever.
  private Future<HttpClientConnection> bounded(Future<HttpClientConnection> connecting) {
    int allMillis = 2 * timeoutMillis;
    return connecting
        .timeout(allMillis, TimeUnit.MILLISECONDS)
        .onFailure(_ -> connecting.onSuccess(HttpClientConnection::close));
  }
}
