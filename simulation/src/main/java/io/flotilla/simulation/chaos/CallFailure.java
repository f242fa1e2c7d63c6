package io.flotilla.simulation.chaos;

import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/// A call without an answer.
final class CallFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final @Nullable GrpcStatus status;
  private final boolean sent;

  private CallFailure(@Nullable GrpcStatus status, boolean sent, String message) {
    super(message, null, false, false);
    this.status = status;
    this.sent = sent;
  }

  /// No connection: the server certainly has not got the request.
  static CallFailure notSent(Throwable cause) {
    return new CallFailure(null, false, "not sent: " + cause.getMessage());
  }

  /// The connection broke, or the time is over, with the request on its way.
  static CallFailure lost(String how) {
    return new CallFailure(null, true, how);
  }

  static CallFailure status(GrpcStatus status, @Nullable String message) {
    return new CallFailure(status, true, status.name() + ": " + message);
  }

  @Nullable GrpcStatus status() {
    return status;
  }

  boolean isSent() {
    return sent;
  }
}
