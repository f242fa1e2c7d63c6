package io.flotilla.loadtest.client;

import io.flotilla.loadtest.client.CallFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcError;
import io.vertx.grpc.common.GrpcErrorException;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One HTTP/2 connection (what a client pools by default) to one endpoint, used from the event loop
/// that made it. Nothing is ever retried: a failed call is a counted failure. A connection that
/// broke is made anew by the next call.
public final class Connection {
  private static final int WINDOW_BYTES = 8 << 20;

  private static final int MESSAGE_BYTES_MAX = 1 << 30;

  private final GrpcClient client;
  private final SocketAddress address;
  private final Deadlines deadlines;

  public Connection(Vertx vertx, Endpoint endpoint, Deadlines deadlines) {
    var options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setHttp2ConnectionWindowSize(WINDOW_BYTES)
            .setConnectTimeout((int) Math.min(deadlines.connectMillis(), Integer.MAX_VALUE))
            .setTcpNoDelay(true);
    if (endpoint.tls() != null) {
      endpoint.tls().apply(options);
    }
    var grpcOptions =
        new GrpcClientOptions()
            .setMaxMessageSize(MESSAGE_BYTES_MAX)
            .setScheduleDeadlineAutomatically(true);
    this.client = GrpcClient.builder(vertx).with(grpcOptions).with(options).build();
    this.address = SocketAddress.inetSocketAddress(endpoint.port(), endpoint.host());
    this.deadlines = deadlines;
  }

  /// One request, one response; whatever goes wrong fails the future with a [CallFailure].
  public <Q, R> Future<R> call(ServiceMethod<R, Q> method, Q message) {
    return this.<Q, R>open(method).compose(request -> send(request, message));
  }

  /// A call whose messages the caller sends and receives itself, without a deadline.
  public <Q, R> Future<GrpcClientRequest<Q, R>> open(ServiceMethod<R, Q> method) {
    Future<GrpcClientRequest<Q, R>> opening = client.request(address, method);
    if (opening.succeeded()) {
      return opening;
    }
    // A server that is stopped accepts connections and never speaks.
    return opening
        .timeout(deadlines.connectMillis(), TimeUnit.MILLISECONDS)
        .recover(
            cause -> {
              if (cause instanceof TimeoutException) {
                opening.onSuccess(GrpcClientRequest::cancel);
              }
              return Future.failedFuture(new CallFailure(Kind.NOT_SENT, text(cause)));
            });
  }

  public Future<Void> close() {
    return client.close();
  }

  private <Q, R> Future<R> send(GrpcClientRequest<Q, R> request, Q message) {
    long start = System.nanoTime();
    request.timeout(deadlines.callMillis(), TimeUnit.MILLISECONDS);
    return request
        .send(message)
        .compose(Connection::onlyMessage)
        .recover(cause -> Future.failedFuture(failure(cause, start)));
  }

  private CallFailure failure(Throwable cause, long startNanos) {
    if (cause instanceof CallFailure failure) {
      return failure;
    }
    if (cause instanceof GrpcErrorException error && error.error() == GrpcError.UNAVAILABLE) {
      return new CallFailure(Kind.NOT_SENT, "the server refused the stream");
    }
    long waitedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    return waitedMillis >= deadlines.callMillis()
        ? new CallFailure(Kind.TIMED_OUT, "no answer in " + deadlines.callMillis() + " ms")
        : new CallFailure(Kind.BROKEN, text(cause));
  }

  private static <Q, R> Future<R> onlyMessage(GrpcClientResponse<Q, R> response) {
    return response
        .last()
        .transform(
            result -> {
              GrpcStatus status = response.status();
              if (status != null && status != GrpcStatus.OK) {
                Kind kind = status == GrpcStatus.UNAVAILABLE ? Kind.UNAVAILABLE : Kind.STATUS;
                String text = status.name() + ": " + response.statusMessage();
                return Future.failedFuture(new CallFailure(kind, text));
              }
              return result.failed()
                  ? Future.failedFuture(result.cause())
                  : Future.succeededFuture(result.result());
            });
  }

  /// The first line of what the cause says, or its kind when it says nothing.
  private static String text(Throwable cause) {
    return Optional.ofNullable(cause.getMessage()).stream()
        .flatMap(String::lines)
        .findFirst()
        .orElse(cause.getClass().getSimpleName());
  }
}
