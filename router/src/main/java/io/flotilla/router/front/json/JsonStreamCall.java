package io.flotilla.router.front.json;

import com.google.protobuf.Message;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.CallScope;
import io.flotilla.router.front.rpc.RpcKind;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.StreamCall;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/// A stream whose requests are the JSON objects of a body and whose responses are lines. The end of
/// the body, or what is not JSON in it, half-closes the stream.
final class JsonStreamCall<Q extends Message, R extends Message> extends StreamCall<Q, R> {
  private final CallScope scope;
  private final RpcMethod<Q, R> method;
  private final JsonReader reader;
  private final HttpServerRequest request;
  private final JsonDocuments documents;
  private boolean headSent;
  private boolean requested;

  JsonStreamCall(
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
    request.exceptionHandler(_ -> onCancelled());
    request.response().closeHandler(_ -> onCancelled());
    request.response().drainHandler(_ -> onDrained());
    open(timeoutNanos);
  }

  private void onChunk(Buffer chunk) {
    if (closed()) {
      return;
    }
    try {
      documents.feed(chunk.getBytes());
      for (byte[] next = documents.next(); next != null; next = documents.next()) {
        accept(reader.read(next, method.requestPrototype()));
      }
    } catch (JsonSyntaxException e) {
      if (requested) {
        onHalfClose();
      } else {
        fail(new ApiStatus(GrpcStatus.INVALID_ARGUMENT, String.valueOf(e.getMessage())));
      }
    }
  }

  private void accept(Q parsed) {
    int bytes = parsed.getSerializedSize();
    if (bytes > scope.limits().maxMessageBytes()) {
      fail(JsonGateway.tooLarge(bytes, scope.limits()));
    } else {
      requested = true;
      onRequest(parsed);
    }
  }

  private void onEnd() {
    if (closed()) {
      return;
    }
    if (!requested && method.kind() == RpcKind.SERVER_STREAM) {
      accept(method.requestPrototype());
    }
    onHalfClose();
  }

  @Override
  public @Nullable String metadata(String name) {
    return HttpMetadata.get(request, name);
  }

  private HttpServerResponse response() {
    if (!headSent) {
      headSent = true;
      JsonReplies.head(request, GrpcStatus.OK).setChunked(true);
    }
    return request.response();
  }

  @Override
  protected void writeResponse(R message) {
    response().write("{\"result\":" + JsonReplies.print(message) + "}\n");
  }

  @Override
  protected void writeEnd(@Nullable ApiStatus failure) {
    if (failure == null) {
      response().end();
      return;
    }
    String line = new JsonObject().put("error", JsonReplies.error(failure)).encode() + "\n";
    if (headSent) {
      request.response().end(line);
    } else {
      JsonReplies.head(request, failure.code()).end(line);
    }
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
