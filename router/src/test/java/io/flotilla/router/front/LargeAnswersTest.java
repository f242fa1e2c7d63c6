package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Answers that take many frames, to clients that ping meanwhile.
class LargeAnswersTest {
  private static final int MEBIBYTE = 1024 * 1024;
  private static final int FRAME_HEAD_BYTES = 5;

  private FrontFixture front;

  @BeforeEach
  void start() {
    front = new FrontFixture();
  }

  @AfterEach
  void stop() {
    front.close();
  }

  @Test
  void anAnswerOfTwentyMebibytesArrivesWhole() throws Exception {
    for (char key = 'a'; key < 'a' + 20; key++) {
      front.call(
          "KV/Put",
          PutRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8(String.valueOf(key)))
              .setValue(ByteString.copyFrom(new byte[MEBIBYTE]))
              .build());
    }
    ByteString zero = ByteString.copyFrom(new byte[1]);
    var all = RangeRequest.newBuilder().setKey(zero).setRangeEnd(zero).build();
    var answer = RawStream.call(front, "/etcdserverpb.KV/Range", all.toByteArray(), 0);
    assertThat(answer.status()).isEqualTo("0");
    assertThat(answer.bytes()).isGreaterThan(20L * MEBIBYTE);
    assertThat(answer.pings()).isGreaterThan(3);
  }

  /// Sends messages as long as there is room and ends the stream.
  private static final class Sender implements StreamSession<WatchRequest> {
    static final int MESSAGES = 2_000;
    static final WatchResponse MESSAGE =
        WatchResponse.newBuilder()
            .addEvents(
                Event.newBuilder()
                    .setKv(KeyValue.newBuilder().setValue(ByteString.copyFrom(new byte[4096]))))
            .build();

    private final StreamSink<WatchResponse> sink;
    private int sent;

    Sender(StreamSink<WatchResponse> sink) {
      this.sink = sink;
    }

    @Override
    public void onRequest(WatchRequest request) {
      onWritable();
    }

    @Override
    public void onWritable() {
      while (sent < MESSAGES && sink.writable()) {
        sent++;
        sink.send(MESSAGE);
      }
      if (sent == MESSAGES) {
        sink.end();
      }
    }

    @Override
    public void onHalfClose() {}

    @Override
    public void onClosed() {}
  }

  @Test
  void aSlowReaderGetsEveryMessageOfALongStream() throws Exception {
    front.watch.handler = (_, sink) -> new Sender(sink);
    var answer = RawStream.call(front, "/etcdserverpb.Watch/Watch", new byte[0], 1);
    assertThat(answer.status()).isEqualTo("0");
    assertThat(answer.bytes())
        .isEqualTo(
            (long) Sender.MESSAGES * (Sender.MESSAGE.getSerializedSize() + FRAME_HEAD_BYTES));
  }

  /// Without an answer in between it is an attack (grpc-go behaviour).
  @Test
  void clientsThatOnlyPingAreSentAway() {
    Promise<Long> sentAway = Promise.promise();
    HttpClient client =
        front.vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    client
        .request(HttpMethod.POST, front.port(), "127.0.0.1", "/etcdserverpb.KV/Range")
        .onSuccess(
            request -> {
              HttpConnection connection = request.connection();
              connection.goAwayHandler(goAway -> sentAway.tryComplete(goAway.getErrorCode()));
              for (int i = 0; i < 4; i++) {
                connection.ping(Buffer.buffer("8 bytes."));
              }
            });
    assertThat(FrontFixture.await(sentAway.future())).isEqualTo(0xb);
    client.close();
  }
}
