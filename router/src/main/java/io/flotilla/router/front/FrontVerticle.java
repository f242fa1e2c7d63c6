package io.flotilla.router.front;

import io.flotilla.raft.transport.tls.RefusedHandshakes;
import io.flotilla.raft.transport.tls.SocketTls;
import io.flotilla.router.front.grpc.GrpcFront;
import io.flotilla.router.front.http.HttpFront;
import io.flotilla.router.front.rpc.CallScope;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The front on one event loop: its servers and its calls. All instances of a deployment share the
/// listening addresses.
final class FrontVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(FrontVerticle.class);

  private final FrontParts parts;
  private final CallScope.Observers observers;
  private final List<HttpServer> servers = new ArrayList<>();
  private final RefusedHandshakes refused = new RefusedHandshakes();
  private @Nullable CallScope scope;

  FrontVerticle(FrontParts parts, CallScope.Observers observers) {
    this.parts = parts;
    this.observers = observers;
  }

  @Override
  public Future<?> start() {
    FrontConfig config = parts.config();
    var calls =
        new CallScope(
            vertx,
            parts.clock(),
            new CallScope.Gates(parts.doors().view(), parts.guard()),
            config.limits(),
            observers);
    scope = calls;
    Handler<HttpServerRequest> grpc =
        GrpcFront.create(vertx, calls, parts.registry(), config.reflection());
    var http = HttpFront.create(vertx, parts, calls);
    List<Future<HttpServer>> listening = new ArrayList<>();
    for (Listener listener : config.listeners()) {
      HttpServer server =
          vertx
              .createHttpServer(ServerOptions.of(config, listener))
              .connectionHandler(new ConnectionSetup(vertx, config.pings(), listener))
              .exceptionHandler(fault -> refused.tell(LOG, "client", text(listener), fault))
              .requestHandler(dispatch(listener, grpc, http));
      servers.add(server);
      listening.add(listen(server, listener.address()));
    }
    return Future.all(listening);
  }

  private static Future<HttpServer> listen(HttpServer server, Listener.Address address) {
    return switch (address) {
      case Listener.Tcp tcp -> server.listen(tcp.port(), tcp.host());
      case Listener.Unix unix -> server.listen(SocketAddress.domainSocketAddress(unix.path()));
    };
  }

  private static Handler<HttpServerRequest> dispatch(
      Listener listener, Handler<HttpServerRequest> grpc, HttpFront http) {
    boolean tls = listener.tls() != null;
    return switch (listener.role()) {
      case CLIENT ->
          request -> {
            if (isGrpc(request)) {
              grpc.handle(request);
            } else {
              http.handle(request, tls);
            }
          };
      case GRPC -> grpc;
      case HTTP -> request -> http.handle(request, tls);
      case MONITORING -> http::handleMonitoring;
    };
  }

  /// Clients that upgrade a cleartext connection to HTTP/2 (Java's own does by default) send
  /// everything over it, the JSON gateway's requests too: only the content type tells.
  private static boolean isGrpc(HttpServerRequest request) {
    String type = request.getHeader("content-type");
    return request.version() == HttpVersion.HTTP_2
        && type != null
        && type.startsWith("application/grpc");
  }

  private static String text(Listener listener) {
    return switch (listener.address()) {
      case Listener.Tcp tcp -> tcp.host() + ":" + tcp.port();
      case Listener.Unix unix -> unix.path();
    };
  }

  /// Handshakes from now on are with the certificates that the files hold now. Any context; what
  /// one instance does counts for all that share its listeners.
  void renew() {
    List<Listener> listeners = parts.config().listeners();
    for (int i = 0; i < servers.size(); i++) {
      Listener.Tls tls = listeners.get(i).tls();
      if (tls != null) {
        servers
            .get(i)
            .updateSSLOptions(SocketTls.server(tls.store(), ServerOptions.HANDSHAKE_MILLIS), true)
            .onFailure(failure -> LOG.atError().setCause(failure).log("certificates not renewed"));
      }
    }
  }

  /// Ports in the order of the listeners.
  List<Integer> ports() {
    return servers.stream().map(HttpServer::actualPort).toList();
  }

  /// Stops accepting, ends streams, and lets running calls finish.
  @Override
  public Future<?> stop() {
    CallScope calls = scope;
    if (calls != null) {
      calls.stop();
    }
    long drainMillis = parts.config().drainMillis();
    return Future.join(
        servers.stream()
            .map(server -> server.shutdown(drainMillis, TimeUnit.MILLISECONDS))
            .toList());
  }
}
