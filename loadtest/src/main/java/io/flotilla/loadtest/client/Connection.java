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
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.util.concurrent.TimeUnit;

/// One HTTP/2 connection (what a client pools by default) to one endpoint, used from the event loop
/// that made it. Nothing is ever
/// retried: a failed call is a counted failure.
public final class Connection {
  private static final int WINDOW_BYTES = 8 << 20;

  private static final int MESSAGE_BYTES_MAX = 1 << 30;

  private final GrpcClient client;
  private final SocketAddress address;
  private final long timeoutMillis;

  public Connection(Vertx vertx, Endpoint endpoint, long timeoutMillis) {
    var options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setHttp2ConnectionWindowSize(WINDOW_BYTES)
            .setTcpNoDelay(true);
    this.client =
        GrpcClient.builder(vertx)
            .with(new GrpcClientOptions().setMaxMessageSize(MESSAGE_BYTES_MAX))
            .with(options)
            .build();
    this.address = SocketAddress.inetSocketAddress(endpoint.port(), endpoint.host());
    this.timeoutMillis = timeoutMillis;
  }

  /// One request, one response; a status other than OK fails the future with a [CallFailure].
  public <Q, R> Future<R> call(ServiceMethod<R, Q> method, Q message) {
    return this.<Q, R>open(method)
        .compose(
            request -> {
              request.timeout(timeoutMillis, TimeUnit.MILLISECONDS);
              return request.send(message);
            })
        .compose(Connection::onlyMessage);
  }

  /// A call whose messages the caller sends and receives itself.
  public <Q, R> Future<GrpcClientRequest<Q, R>> open(ServiceMethod<R, Q> method) {
    return client
        .<Q, R>request(address, method)
        .recover(cause -> Future.failedFuture(new CallFailure(Kind.CONNECT, cause.toString())));
  }

  public Future<Void> close() {
    return client.close();
  }

  private static <Q, R> Future<R> onlyMessage(GrpcClientResponse<Q, R> response) {
    return response
        .last()
        .transform(
            result -> {
              if (response.status() != null && response.status() != GrpcStatus.OK) {
                String text = response.status().name() + ": " + response.statusMessage();
                return Future.failedFuture(new CallFailure(Kind.STATUS, text));
              }
              if (result.failed()) {
                String text = String.valueOf(result.cause().getMessage());
                return Future.failedFuture(new CallFailure(Kind.BROKEN, text));
              }
              return Future.succeededFuture(result.result());
            });
  }
}
