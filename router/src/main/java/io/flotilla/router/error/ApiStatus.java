package io.flotilla.router.error;

import io.vertx.grpc.common.GrpcStatus;

/// How a call ended that did not succeed: a gRPC code and a text for the client.
///
/// @param code never OK
public record ApiStatus(GrpcStatus code, String message) {
  public ApiStatus {
    if (code == GrpcStatus.OK) {
      throw new IllegalArgumentException("a failure has a code");
    }
  }

  /// As a failure that crosses an asynchronous boundary.
  public ApiException asException() {
    return new ApiException(this);
  }
}
