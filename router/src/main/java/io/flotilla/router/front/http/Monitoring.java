package io.flotilla.router.front.http;

import io.flotilla.router.front.ApiVersion;
import io.flotilla.router.front.FrontParts;
import io.flotilla.router.front.rpc.CallLimits;
import io.flotilla.router.route.ClusterView;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.function.Supplier;

/// What people and machines look at: health, version, metrics. All by GET.
final class Monitoring {
  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final Vertx vertx;
  private final ClusterView view;
  private final PrometheusMeterRegistry meters;
  private final boolean exposesVars;
  private final Map<String, Supplier<String>> pages;
  private final HealthPage health;
  private final ProbePage live;
  private final ProbePage ready;

  private Monitoring(
      Vertx vertx, FrontParts parts, HealthPage health, ProbePage live, ProbePage ready) {
    this.vertx = vertx;
    this.view = parts.doors().view();
    this.meters = parts.meters();
    this.exposesVars = parts.config().http().exposesVars();
    this.pages = parts.pages();
    this.health = health;
    this.live = live;
    this.ready = ready;
  }

  static Monitoring create(Vertx vertx, FrontParts parts, CallLimits limits) {
    var checks = new Checks(parts.doors(), parts.clock(), limits.requestTimeoutMillis());
    HealthMetrics metrics = parts.health();
    return new Monitoring(
        vertx,
        parts,
        new HealthPage(parts.doors().view(), checks, metrics),
        new ProbePage("livez", checks.live(), metrics),
        new ProbePage("readyz", checks.ready(), metrics));
  }

  /// @param onClientPort whether what only clients are shown is served
  void handle(HttpServerRequest request, String path, boolean onClientPort) {
    boolean get = request.method() == HttpMethod.GET;
    if (path.equals("/health")) {
      whenGet(request, get, () -> health.handle(request));
    } else if (live.owns(path)) {
      whenGet(request, get, () -> live.handle(request, path));
    } else if (ready.owns(path)) {
      whenGet(request, get, () -> ready.handle(request, path));
    } else if (path.equals("/metrics")) {
      whenGet(request, get, () -> metrics(request));
    } else if (onClientPort && path.equals("/version")) {
      whenGet(request, get, () -> version(request));
    } else if (onClientPort && exposesVars && path.equals("/debug/vars")) {
      whenGet(request, get, () -> Replies.json(request, ProcessVars.json()));
    } else if (onClientPort && pages.containsKey(path)) {
      whenGet(request, get, () -> Replies.text(request, 200, pages.get(path).get()));
    } else {
      Replies.notFound(request);
    }
  }

  private static void whenGet(HttpServerRequest request, boolean get, Runnable page) {
    if (get) {
      page.run();
    } else {
      Replies.methodNotAllowed(request);
    }
  }

  /// Collecting takes milliseconds, which no event loop has.
  private void metrics(HttpServerRequest request) {
    vertx
        .executeBlocking(meters::scrape, false)
        .onComplete(
            (page, failure) -> {
              if (failure == null) {
                request.response().putHeader("Content-Type", PROMETHEUS_TEXT).end(page);
              } else {
                Replies.text(request, 500, "metrics could not be collected\n");
              }
            });
  }

  private void version(HttpServerRequest request) {
    boolean decided = view.isCapable();
    Replies.json(
        request,
        "{\"etcdserver\":\""
            + ApiVersion.SERVER
            + "\",\"etcdcluster\":\""
            + (decided ? ApiVersion.CLUSTER : "not_decided")
            + "\",\"storage\":\""
            + (decided ? ApiVersion.STORAGE : "unknown")
            + "\"}");
  }
}
