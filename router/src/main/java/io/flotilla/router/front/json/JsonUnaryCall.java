package io.flotilla.router.front.json;

import com.google.protobuf.Message;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.CallScope;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.UnaryCall;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/// A unary call whose request is the first JSON object of a body. What follows it is not looked at;
/// no object at all is an empty request.
final class JsonUnaryCall<Q extends Message, R extends Message> extends UnaryCall<Q, R> {
  private final CallScope scope;
  private final RpcMethod<Q, R> method;
  private final JsonReader reader;
  private final HttpServerRequest request;
  private final JsonDocuments documents;
  private boolean complete;
  private long receivedBytes;

  JsonUnaryCall(
      CallScope scope, RpcMethod<Q, R> method, JsonReader reader, HttpServerRequest request) {
    super(scope, method);
    this.scope = scope;
    this.method = method;
    this.reader = reader;
    this.request = request;
    this.documents = new JsonDocuments(JsonGateway.maxBodyBytes(scope.limits()));
  }

  void start(long timeoutNanos) {
    request.handler(this::onChunk);
    request.endHandler(_ -> onEnd());
    request.response().closeHandler(_ -> onCancelled());
    request.exceptionHandler(_ -> onCancelled());
    begin(timeoutNanos);
  }

  private void onChunk(Buffer chunk) {
    if (complete || finished()) {
      return;
    }
    receivedBytes += chunk.length();
    if (receivedBytes > JsonGateway.maxBodyBytes(scope.limits())) {
      refuseLarge(receivedBytes);
      return;
    }
    try {
      documents.feed(chunk.getBytes());
      byte[] document = documents.next();
      if (document != null) {
        accept(reader.read(document, method.requestPrototype()));
      }
    } catch (JsonSyntaxException e) {
      refuseSyntax(e);
    }
  }

  private void onEnd() {
    if (complete || finished()) {
      return;
    }
    try {
      byte[] last = documents.last();
      if (last != null) {
        accept(reader.read(last, method.requestPrototype()));
      } else if (documents.incomplete()) {
        refuseSyntax(new JsonSyntaxException("unexpected EOF"));
      } else {
        accept(method.requestPrototype());
      }
    } catch (JsonSyntaxException e) {
      refuseSyntax(e);
    }
  }

  private void accept(Q parsed) {
    complete = true;
    int bytes = parsed.getSerializedSize();
    if (bytes > scope.limits().maxMessageBytes()) {
      refuseLarge(bytes);
    } else {
      serve(parsed);
    }
  }

  private void refuseLarge(long bytes) {
    refuse(JsonGateway.tooLarge(bytes, scope.limits()));
  }

  private void refuseSyntax(JsonSyntaxException e) {
    refuse(new ApiStatus(GrpcStatus.INVALID_ARGUMENT, String.valueOf(e.getMessage())));
  }

  @Override
  public @Nullable String metadata(String name) {
    return HttpMetadata.get(request, name);
  }

  @Override
  protected int writeReply(R response) {
    Buffer body = Buffer.buffer(JsonReplies.print(response));
    JsonReplies.head(request, GrpcStatus.OK).end(body);
    return body.length();
  }

  @Override
  protected void writeRefusal(ApiStatus status) {
    JsonReplies.refuse(request, status);
  }
}
