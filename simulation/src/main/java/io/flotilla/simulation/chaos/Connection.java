package io.flotilla.simulation.chaos;

import io.vertx.core.Future;
import io.vertx.core.Promise;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

/// A client's way to one node. Nothing is ever sent twice. Safe for many threads.
final class Connection {
  private static final int CONNECT_MILLIS = 1000;
  private static final int MESSAGE_BYTES_MAX = 64 << 20;

  private final Vertx vertx;
  private final GrpcClient client;
  private final SocketAddress address;

  Connection(Vertx vertx, Endpoint endpoint) {
    this.vertx = vertx;
    var options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setConnectTimeout(CONNECT_MILLIS)
            .setTcpNoDelay(true);
    this.client =
        GrpcClient.builder(vertx)
            .with(new GrpcClientOptions().setMaxMessageSize(MESSAGE_BYTES_MAX))
            .with(options)
            .build();
    this.address = SocketAddress.inetSocketAddress(endpoint.port(), Endpoint.HOST);
  }

  /// One request, one answer; waits for it.
  ///
  /// @throws CallFailure if there is no answer in time
  <Q, R> R call(ServiceMethod<R, Q> method, Q message, long millis) {
    Promise<R> answer = Promise.promise();
    Future<GrpcClientRequest<Q, R>> opened = open(method);
    var decided = new AtomicBoolean();
    long timer = vertx.setTimer(millis, _ -> giveUp(opened, decided, answer, millis));
    opened
        .onFailure(answer::tryFail)
        .onSuccess(
            request -> {
              if (decided.compareAndSet(false, true)) {
                request
                    .send(message)
                    .compose(Connection::onlyMessage)
                    .onComplete(answer::tryComplete, answer::tryFail);
              } else {
                request.cancel();
              }
            });
    try {
      return answer.future().toCompletionStage().toCompletableFuture().join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof CallFailure failure
          ? failure
          : CallFailure.lost(String.valueOf(failed.getCause()));
    } finally {
      vertx.cancelTimer(timer);
    }
  }

  /// Whoever decides first says whether the request left.
  private static <Q, R> void giveUp(
      Future<GrpcClientRequest<Q, R>> opened,
      AtomicBoolean decided,
      Promise<R> answer,
      long millis) {
    var late = CallFailure.lost("no answer in " + millis + " ms");
    if (decided.compareAndSet(false, true)) {
      answer.tryFail(CallFailure.notSent(late));
    } else if (answer.tryFail(late)) {
      opened.result().cancel();
    }
  }

  /// A call whose messages the caller sends and receives.
  <Q, R> Future<GrpcClientRequest<Q, R>> open(ServiceMethod<R, Q> method) {
    return client
        .<Q, R>request(address, method)
        .recover(cause -> Future.failedFuture(CallFailure.notSent(cause)));
  }

  private static <Q, R> Future<R> onlyMessage(GrpcClientResponse<Q, R> response) {
    return response
        .last()
        .transform(
            result -> {
              GrpcStatus status = response.status();
              if (status != null && status != GrpcStatus.OK) {
                return Future.failedFuture(CallFailure.status(status, response.statusMessage()));
              }
              if (result.failed()) {
                return Future.failedFuture(CallFailure.lost(result.cause().toString()));
              }
              return result.result() == null
                  ? Future.failedFuture(CallFailure.lost("no message"))
                  : Future.succeededFuture(result.result());
            });
  }

  void close() {
    client.close();
  }
}
