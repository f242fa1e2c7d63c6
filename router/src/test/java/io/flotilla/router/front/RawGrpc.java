package io.flotilla.router.front;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// gRPC by hand, for what a proper client does not send.
final class RawGrpc {
  private RawGrpc() {}

  /// Sends one message whose compressed flag is set.
  ///
  /// @param encoding null to name none
  static FrontFixture.Outcome call(
      FrontFixture front, String service, String method, byte[] packed, @Nullable String encoding) {
    HttpClient client =
        front.vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    Buffer frame =
        Buffer.buffer().appendByte((byte) 1).appendInt(packed.length).appendBytes(packed);
    Future<FrontFixture.Outcome> outcome =
        client
            .request(
                HttpMethod.POST,
                front.port(),
                "127.0.0.1",
                "/etcdserverpb." + service + "/" + method)
            .compose(
                request -> {
                  request.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
                  if (encoding != null) {
                    request.putHeader("grpc-encoding", encoding);
                  }
                  return request.send(frame);
                })
            .compose(RawGrpc::outcome)
            .eventually(client::close);
    return FrontFixture.await(outcome);
  }

  private static Future<FrontFixture.Outcome> outcome(HttpClientResponse response) {
    return response
        .body()
        .map(
            body -> {
              MultiMap ends =
                  response.headers().contains("grpc-status")
                      ? response.headers()
                      : response.trailers();
              String text = ends.get("grpc-message");
              return new FrontFixture.Outcome(
                  Integer.parseInt(ends.get("grpc-status")),
                  text == null ? null : URLDecoder.decode(text, StandardCharsets.UTF_8),
                  body.getBytes());
            });
  }
}
