package io.flotilla.router.front.json;

import com.google.protobuf.Message;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.grpc.GrpcTimeout;
import io.flotilla.router.front.rpc.CallLimits;
import io.flotilla.router.front.rpc.CallScope;
import io.flotilla.router.front.rpc.RpcKind;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcRegistry;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcStatus;
import java.util.HashMap;
import java.util.Map;

/// The JSON side of one event loop: finds the method of a path and starts its call.
public final class JsonGateway {
  private static final String PREFIX = "/v3/";
  private static final String OLD_PREFIX = "/v3beta/";
  private static final ApiStatus NOT_FOUND = new ApiStatus(GrpcStatus.NOT_FOUND, "Not Found");
  private static final ApiStatus NOT_ALLOWED =
      new ApiStatus(GrpcStatus.UNIMPLEMENTED, "Method Not Allowed");

  private final CallScope scope;
  private final JsonReader reader = new JsonReader();
  private final Map<String, RpcMethod<?, ?>> methods = new HashMap<>();

  public JsonGateway(CallScope scope, RpcRegistry registry) {
    this.scope = scope;
    for (RpcMethod<?, ?> method : registry.methods()) {
      method.httpPaths().forEach(path -> methods.put(path, method));
    }
  }

  /// Whether a path belongs to the gateway, known or not.
  public static boolean owns(String path) {
    return path.startsWith(PREFIX) || path.startsWith(OLD_PREFIX);
  }

  public void handle(HttpServerRequest request, String path) {
    String known =
        path.startsWith(OLD_PREFIX) ? PREFIX + path.substring(OLD_PREFIX.length()) : path;
    RpcMethod<?, ?> method = methods.get(known);
    if (method == null) {
      JsonReplies.refuse(request, NOT_FOUND);
    } else if (request.method() != HttpMethod.POST) {
      JsonReplies.refuse(request, NOT_ALLOWED);
    } else {
      call(request, method);
    }
  }

  private <Q extends Message, R extends Message> void call(
      HttpServerRequest request, RpcMethod<Q, R> method) {
    String header = request.getHeader("grpc-timeout");
    long timeoutNanos = GrpcTimeout.parseNanos(header);
    if (timeoutNanos == GrpcTimeout.MALFORMED) {
      JsonReplies.refuse(
          request, new ApiStatus(GrpcStatus.INVALID_ARGUMENT, "invalid grpc-timeout: " + header));
    } else if (method.kind() == RpcKind.UNARY) {
      new JsonUnaryCall<>(scope, method, reader, request).start(timeoutNanos);
    } else {
      new JsonStreamCall<>(scope, method, reader, request).start(timeoutNanos);
    }
  }

  /// Longest body of a unary call and longest document of a stream: base64 and names on top of the
  /// largest message.
  static int maxBodyBytes(CallLimits limits) {
    return Math.multiplyExact(limits.maxMessageBytes(), 2);
  }

  static ApiStatus tooLarge(long bytes, CallLimits limits) {
    return new ApiStatus(
        GrpcStatus.RESOURCE_EXHAUSTED,
        "grpc: received message larger than max ("
            + bytes
            + " vs. "
            + limits.maxMessageBytes()
            + ")");
  }
}
