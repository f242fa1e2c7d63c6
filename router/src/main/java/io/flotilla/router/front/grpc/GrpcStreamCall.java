package io.flotilla.router.front.grpc;

import com.google.protobuf.Message;
import io.flotilla.router.error.ApiException;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.ClientName;
import io.flotilla.router.front.rpc.CallScope;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.StreamCall;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.InvalidMessageException;
import io.vertx.grpc.common.MessageSizeOverflowException;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/// A stream that came over gRPC.
final class GrpcStreamCall<Q extends Message, R extends Message> extends StreamCall<Q, R> {
  private final CallScope scope;
  private final RpcMethod<Q, R> method;
  private final GrpcServerRequest<Buffer, Buffer> request;

  GrpcStreamCall(
      CallScope scope, RpcMethod<Q, R> method, GrpcServerRequest<Buffer, Buffer> request) {
    super(scope, method);
    this.scope = scope;
    this.method = method;
    this.request = request;
  }

  void start() {
    request.messageHandler(this::onMessage);
    request.invalidMessageHandler(this::onInvalid);
    request.errorHandler(_ -> onCancelled());
    request.exceptionHandler(_ -> onCancelled());
    // After the half-close a lost connection is told to the response only.
    request.response().exceptionHandler(_ -> onCancelled());
    request.endHandler(_ -> onHalfClose());
    request.response().drainHandler(_ -> onDrained());
    long timeoutNanos = GrpcHeaders.timeoutNanos(request);
    ApiStatus refusal = GrpcHeaders.refusal(request, timeoutNanos);
    if (refusal != null) {
      fail(refusal);
      return;
    }
    open(timeoutNanos);
  }

  private void onMessage(GrpcMessage message) {
    if (closed()) {
      return;
    }
    Q parsed;
    try {
      byte[] bytes = GrpcPayload.bytes(message, scope.limits().maxMessageBytes());
      scope.metrics().receivedBytes(bytes.length);
      parsed = GrpcPayload.parse(method.requestPrototype(), bytes);
    } catch (ApiException e) {
      fail(e.status());
      return;
    }
    onRequest(parsed);
  }

  private void onInvalid(InvalidMessageException invalid) {
    long bytes =
        invalid instanceof MessageSizeOverflowException overflow
            ? overflow.messageSize()
            : Long.MAX_VALUE;
    fail(GrpcPayload.tooLarge(bytes, scope.limits().maxMessageBytes()));
  }

  @Override
  public @Nullable String metadata(String name) {
    return request.headers().get(name);
  }

  @Override
  public @Nullable String commonName() {
    return ClientName.of(request.connection());
  }

  @Override
  protected void writeResponse(R response) {
    Buffer encoded = GrpcPayload.encode(response);
    scope.metrics().sentBytes(encoded.length());
    request.response().write(encoded);
  }

  @Override
  protected void writeEnd(@Nullable ApiStatus failure) {
    if (failure != null) {
      request.response().status(failure.code()).statusMessage(failure.message());
    }
    OpenRequests.close(request, request.response().end());
  }

  @Override
  public boolean writable() {
    return !closed() && !request.response().writeQueueFull();
  }

  @Override
  public void receive(boolean wanted) {
    if (closed()) {
      return;
    }
    if (wanted) {
      request.resume();
    } else {
      request.pause();
    }
  }
}
