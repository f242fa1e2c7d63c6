package io.flotilla.router.front;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// One gRPC call whose answer is counted as it comes, with a ping behind its data as grpc-go and
/// grpc-java send it to measure the bandwidth: one at a time, for as long as data comes. A reader
/// that pauses sees data late and does not ping: its pings would not follow what the server sends.
final class RawStream {
  private static final long WAIT_SECONDS = 60;
  private static final Buffer PAYLOAD = Buffer.buffer("8 bytes.");

  private final FrontFixture front;
  private final long pauseMillis;
  private final CompletableFuture<String> status = new CompletableFuture<>();
  private volatile long bytes;
  private volatile int pings;
  private boolean pinging;

  /// Held for as long as the stream: a client that nobody refers to is closed.
  private final HttpClient client;

  private RawStream(FrontFixture front, long pauseMillis) {
    this.client =
        front.vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    this.front = front;
    this.pauseMillis = pauseMillis;
  }

  /// @param pauseMillis how long not to read after each piece of the answer; 0 for a quick reader
  static RawStream call(FrontFixture front, String path, byte[] request, long pauseMillis) {
    var stream = new RawStream(front, pauseMillis);
    Buffer frame =
        Buffer.buffer().appendByte((byte) 0).appendInt(request.length).appendBytes(request);
    stream
        .client
        .request(HttpMethod.POST, front.port(), "127.0.0.1", path)
        .compose(
            call -> {
              call.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
              return call.send(frame).onSuccess(answer -> stream.read(answer, call.connection()));
            })
        .onFailure(stream.status::completeExceptionally);
    return stream;
  }

  private void read(HttpClientResponse answer, HttpConnection connection) {
    answer.exceptionHandler(status::completeExceptionally);
    answer.endHandler(_ -> status.complete(answer.getTrailer("grpc-status")));
    answer.handler(
        chunk -> {
          bytes += chunk.length();
          if (pauseMillis == 0) {
            ping(connection);
          }
          if (pauseMillis > 0) {
            answer.pause();
            front.vertx.setTimer(pauseMillis, _ -> answer.resume());
          }
        });
  }

  private void ping(HttpConnection connection) {
    if (!pinging) {
      pinging = true;
      pings++;
      connection.ping(PAYLOAD).onSuccess(_ -> pinging = false);
    }
  }

  /// The `grpc-status` at the end of the answer.
  String status() throws Exception {
    return status.get(WAIT_SECONDS, TimeUnit.SECONDS);
  }

  /// Of the answer so far, with five for each message.
  long bytes() {
    return bytes;
  }

  int pings() {
    return pings;
  }
}
