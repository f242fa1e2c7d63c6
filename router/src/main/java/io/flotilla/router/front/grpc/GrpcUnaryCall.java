package io.flotilla.router.front.grpc;

import com.google.protobuf.Message;
import io.flotilla.router.error.ApiException;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.ClientName;
import io.flotilla.router.front.rpc.CallScope;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.UnaryCall;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.InvalidMessageException;
import io.vertx.grpc.common.MessageSizeOverflowException;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/// A unary call that came over gRPC. The request is served when its message is complete, without
/// waiting for the client to half-close.
final class GrpcUnaryCall<Q extends Message, R extends Message> extends UnaryCall<Q, R>
    implements Handler<GrpcMessage> {
  private final CallScope scope;
  private final RpcMethod<Q, R> method;
  private final GrpcServerRequest<Buffer, Buffer> request;

  GrpcUnaryCall(
      CallScope scope, RpcMethod<Q, R> method, GrpcServerRequest<Buffer, Buffer> request) {
    super(scope, method);
    this.scope = scope;
    this.method = method;
    this.request = request;
  }

  void start() {
    request.messageHandler(this);
    request.invalidMessageHandler(this::onInvalid);
    request.errorHandler(_ -> onCancelled());
    request.exceptionHandler(_ -> onCancelled());
    // After the half-close a lost connection is told to the response only.
    request.response().exceptionHandler(_ -> onCancelled());
    request.endHandler(_ -> onEnd());
    long timeoutNanos = GrpcHeaders.timeoutNanos(request);
    ApiStatus refusal = GrpcHeaders.refusal(request, timeoutNanos);
    if (refusal != null) {
      refuse(refusal);
      return;
    }
    begin(timeoutNanos);
  }

  @Override
  public void handle(GrpcMessage message) {
    if (finished()) {
      return;
    }
    Q parsed;
    try {
      byte[] bytes = GrpcPayload.bytes(message, scope.limits().maxMessageBytes());
      scope.metrics().receivedBytes(bytes.length);
      parsed = GrpcPayload.parse(method.requestPrototype(), bytes);
    } catch (ApiException e) {
      refuse(e.status());
      return;
    }
    serve(parsed);
  }

  private void onInvalid(InvalidMessageException invalid) {
    long bytes =
        invalid instanceof MessageSizeOverflowException overflow
            ? overflow.messageSize()
            : Long.MAX_VALUE;
    refuse(GrpcPayload.tooLarge(bytes, scope.limits().maxMessageBytes()));
  }

  private void onEnd() {
    if (!finished() && !hasRequest()) {
      refuse(new ApiStatus(GrpcStatus.INTERNAL, "EOF"));
    }
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
  protected int writeReply(R response) {
    Buffer encoded = GrpcPayload.encode(response);
    scope.metrics().sentBytes(encoded.length());
    OpenRequests.close(request, request.response().end(encoded));
    return encoded.length();
  }

  @Override
  protected void writeRefusal(ApiStatus status) {
    var response = request.response().status(status.code()).statusMessage(status.message());
    OpenRequests.close(request, response.end());
  }
}
