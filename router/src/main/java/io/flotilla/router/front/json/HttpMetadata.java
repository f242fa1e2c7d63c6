package io.flotilla.router.front.json;

import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/// gRPC metadata in HTTP headers.
final class HttpMetadata {
  private static final String PREFIX = "grpc-metadata-";

  private HttpMetadata() {}

  /// `Grpc-Metadata-X` is metadata `x`; `Authorization` passes as it is.
  static @Nullable String get(HttpServerRequest request, String name) {
    String passed = request.getHeader(PREFIX + name);
    return passed == null && name.equals("authorization") ? request.getHeader(name) : passed;
  }
}
