package io.flotilla.router.front.http;

import io.flotilla.router.front.FrontParts;
import io.flotilla.router.front.json.JsonGateway;
import io.flotilla.router.front.rpc.CallScope;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Everything that is not gRPC, on one event loop.
public final class HttpFront {
  private static final int MISDIRECTED = 421;

  /// What a client may take for the rest of a request that has its answer already.
  private static final long REST_MILLIS = 5_000;

  private final Vertx vertx;
  private final HttpRules rules;
  private final Monitoring monitoring;
  private final JsonGateway gateway;

  private HttpFront(Vertx vertx, HttpRules rules, Monitoring monitoring, JsonGateway gateway) {
    this.vertx = vertx;
    this.rules = rules;
    this.monitoring = monitoring;
    this.gateway = gateway;
  }

  public static HttpFront create(Vertx vertx, FrontParts parts, CallScope scope) {
    HttpRules rules = parts.config().http();
    return new HttpFront(
        vertx,
        rules,
        Monitoring.create(vertx, parts, scope.limits()),
        new JsonGateway(scope, parts.registry()));
  }

  /// Serves a request of a client listener.
  public void handle(HttpServerRequest request, boolean tls) {
    limitRest(request);
    if (!tls && !isHostAllowed(request)) {
      Replies.text(request, MISDIRECTED, hostRefusal(request));
      return;
    }
    addCors(request);
    if (request.method() == HttpMethod.OPTIONS) {
      request.response().setStatusCode(200).end();
      return;
    }
    String path = request.path();
    if (rules.gateway() && JsonGateway.owns(path)) {
      gateway.handle(request, path);
    } else {
      monitoring.handle(request, path, true);
    }
  }

  /// Serves a request of a monitoring listener.
  public void handleMonitoring(HttpServerRequest request) {
    limitRest(request);
    monitoring.handle(request, request.path(), false);
  }

  /// A connection is of no use while a request of it goes on, which may be for ever.
  private void limitRest(HttpServerRequest request) {
    request
        .response()
        .endHandler(
            _ -> {
              if (!request.isEnded()) {
                vertx.setTimer(REST_MILLIS, _ -> closeUnlessEnded(request));
              }
            });
  }

  private static void closeUnlessEnded(HttpServerRequest request) {
    if (!request.isEnded()) {
      request.connection().close();
    }
  }

  private boolean isHostAllowed(HttpServerRequest request) {
    Set<String> allowed = rules.hostWhitelist();
    return allowed.isEmpty() || allowed.contains("*") || allowed.contains(hostOf(request));
  }

  private static String hostOf(HttpServerRequest request) {
    return request.authority() == null ? "" : request.authority().host();
  }

  private static String hostRefusal(HttpServerRequest request) {
    return "the host name of this request is not on the server's list: " + hostOf(request) + "\n";
  }

  private void addCors(HttpServerRequest request) {
    String origin = allowedOrigin(request.getHeader("origin"));
    if (origin == null) {
      return;
    }
    HttpServerResponse response = request.response();
    response.putHeader("Access-Control-Allow-Methods", "POST, GET, OPTIONS, PUT, DELETE");
    response.putHeader("Access-Control-Allow-Origin", origin);
    response.putHeader("Access-Control-Allow-Headers", "accept, content-type, authorization");
  }

  private @Nullable String allowedOrigin(@Nullable String origin) {
    if (rules.corsOrigins().contains("*")) {
      return "*";
    }
    return origin != null && rules.corsOrigins().contains(origin) ? origin : null;
  }
}
