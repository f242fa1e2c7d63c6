package io.flotilla.router.front.http;

import io.vertx.core.http.HttpServerRequest;

/// Short answers, in the form that Go's HTTP server gives them.
final class Replies {
  private Replies() {}

  /// Plain text that no browser takes for anything else.
  static void text(HttpServerRequest request, int status, String body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .putHeader("X-Content-Type-Options", "nosniff")
        .end(body);
  }

  static void notFound(HttpServerRequest request) {
    text(request, 404, "404 page not found\n");
  }

  static void methodNotAllowed(HttpServerRequest request) {
    request.response().putHeader("Allow", "GET");
    text(request, 405, "Method Not Allowed\n");
  }

  static void json(HttpServerRequest request, String body) {
    request.response().putHeader("Content-Type", "application/json").end(body);
  }
}
