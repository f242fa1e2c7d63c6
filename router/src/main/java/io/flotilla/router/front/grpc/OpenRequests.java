package io.flotilla.router.front.grpc;

import io.vertx.core.Future;
import io.vertx.grpc.server.GrpcServerRequest;

/// Requests that go on when their answer has been sent.
final class OpenRequests {
  private OpenRequests() {}

  /// Resets the stream of a request that has not ended when its whole answer has left, so that a
  /// client which never ends it does not keep it open (grpc-go behaviour).
  ///
  /// @param sent the end of the answer
  static void close(GrpcServerRequest<?, ?> request, Future<Void> sent) {
    if (!request.end().isComplete()) {
      sent.onSuccess(
          _ -> {
            if (!request.end().isComplete()) {
              request.response().cancel();
            }
          });
    }
  }
}
