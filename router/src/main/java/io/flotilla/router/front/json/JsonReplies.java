package io.flotilla.router.front.json;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.flotilla.router.error.ApiStatus;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.grpc.common.GrpcStatus;

/// Responses and errors in the gateway's JSON form.
final class JsonReplies {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace();

  private JsonReplies() {}

  /// A message with etcd's field names; zero values are left out.
  static String print(Message message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the API has no message without a JSON form", e);
    }
  }

  static HttpServerResponse head(HttpServerRequest request, GrpcStatus status) {
    HttpServerResponse response =
        request
            .response()
            .setStatusCode(HttpStatus.of(status))
            .putHeader("Content-Type", "application/json");
    if (status == GrpcStatus.OK) {
      response.putHeader("Grpc-Metadata-Content-Type", "application/grpc");
    }
    return response;
  }

  /// Ends a request with an error.
  static void refuse(HttpServerRequest request, ApiStatus status) {
    HttpServerResponse response = head(request, status.code());
    if (status.code() == GrpcStatus.UNAUTHENTICATED) {
      response.putHeader("WWW-Authenticate", status.message());
    }
    response.end(error(status).encode());
  }

  static JsonObject error(ApiStatus status) {
    return new JsonObject().put("code", status.code().code).put("message", status.message());
  }
}
