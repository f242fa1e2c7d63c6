package io.flotilla.router.front.grpc;

import io.flotilla.router.error.ApiStatus;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/// What the headers of a gRPC request say about its transport.
final class GrpcHeaders {
  private GrpcHeaders() {}

  /// As [GrpcTimeout#parseNanos].
  static long timeoutNanos(GrpcServerRequest<?, ?> request) {
    return GrpcTimeout.parseNanos(request.headers().get(GrpcHeaderNames.GRPC_TIMEOUT));
  }

  /// Why nothing of the request can be read; null if it can.
  static @Nullable ApiStatus refusal(GrpcServerRequest<?, ?> request, long timeoutNanos) {
    if (timeoutNanos == GrpcTimeout.MALFORMED) {
      return new ApiStatus(
          GrpcStatus.INTERNAL,
          "malformed grpc-timeout: " + request.headers().get(GrpcHeaderNames.GRPC_TIMEOUT));
    }
    return GrpcPayload.refusalOf(request.headers().get(GrpcHeaderNames.GRPC_ENCODING));
  }
}
