package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.management.UnixOperatingSystemMXBean;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.router.front.rpc.StreamSession;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Clients that mean harm or are broken: each is answered or closed, leaves nothing behind, and a
/// good client goes on working.
class HostileClientTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  private static final int MEBIBYTE = 1024 * 1024;

  /// What classes and clients may open meanwhile; less than any of the attacks opens.
  private static final int FILES_OF_THE_JVM = 30;

  private final AtomicInteger sessions = new AtomicInteger();
  private final long filesBefore = openFiles();

  /// Held, since a client that nobody holds is closed with its connections by the collector.
  private final List<HttpClient> clients = new ArrayList<>();

  private FrontFixture front;

  @BeforeEach
  void start() {
    front = new FrontFixture();
    front.watch.handler =
        (_, _) -> {
          sessions.incrementAndGet();
          return new Watching();
        };
  }

  /// The front serves others throughout; when it is over it holds no call and no connection.
  @AfterEach
  void isUnharmed() {
    assertThat(front.call("KV/Put", put()).code()).isZero();
    awaitThat(() -> sessions.get() == 0);
    front.close();
    awaitThat(() -> openFiles() <= filesBefore + FILES_OF_THE_JVM);
  }

  private static long openFiles() {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getOpenFileDescriptorCount();
  }

  private final class Watching implements StreamSession<WatchRequest> {
    @Override
    public void onRequest(WatchRequest request) {}

    @Override
    public void onHalfClose() {}

    @Override
    public void onWritable() {}

    @Override
    public void onClosed() {
      sessions.decrementAndGet();
    }
  }

  private static PutRequest put() {
    return PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();
  }

  private static void awaitThat(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FrontFixture.WAIT_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private RawSocket socket() throws IOException {
    return new RawSocket(front.port());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // ---------------------------------------------------------------- connections

  @Test
  void garbageIsAnsweredOrClosed() throws IOException {
    var random = new Random(1);
    for (int i = 0; i < 30; i++) {
      byte[] garbage = new byte[1 + random.nextInt(2000)];
      random.nextBytes(garbage);
      try (var socket = socket()) {
        socket.send(garbage);
        socket.awaitEnd();
      }
    }
  }

  @Test
  void garbageAfterThePrefaceIsClosed() throws IOException {
    var random = new Random(2);
    for (int i = 0; i < 30; i++) {
      byte[] garbage = new byte[20_000];
      random.nextBytes(garbage);
      try (var socket = socket()) {
        socket.send(ascii(PREFACE));
        socket.send(SETTINGS);
        socket.send(garbage);
        socket.awaitEnd();
      }
    }
  }

  @Test
  void silentConnectionsAreClosed() throws IOException {
    try (var silent = socket();
        var half = socket();
        var preface = socket()) {
      half.send(ascii("POST /v3/kv/put HTTP/1.1\r\nHost: a\r\n"));
      preface.send(ascii("PRI * HT"));
      for (var socket : List.of(silent, half, preface)) {
        assertThat(socket.awaitEnd()).isZero();
      }
    }
  }

  /// Bytes do not count, only a whole head does.
  @Test
  void slowHeadsAreClosed() throws IOException {
    try (var socket = socket()) {
      socket.send(ascii("GET /health HTTP/1.1\r\n"));
      long began = System.nanoTime();
      int sent = 0;
      while (socket.isOpen()) {
        socket.trySend(ascii("X-" + sent++ + ": 1\r\n"));
        assertThat(System.nanoTime() - began)
            .isLessThan(TimeUnit.MILLISECONDS.toNanos(5 * FrontFixture.FIRST_REQUEST_MILLIS));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  @Test
  void connectionsMayBeIdleAfterTheirFirstRequest() throws Exception {
    try (var socket = socket()) {
      socket.send(ascii("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"));
      assertThat(socket.readLine()).contains("200");
      TimeUnit.MILLISECONDS.sleep(FrontFixture.FIRST_REQUEST_MILLIS * 3 / 2);
      assertThat(socket.isOpen()).isTrue();
    }
  }

  @Test
  void connectionsThatAreDroppedMidwayLeaveNothing() throws IOException {
    byte[] stream = Http2Bytes.openStream(1, "/etcdserverpb.Watch/Watch", front.port());
    for (int i = 0; i < 100; i++) {
      try (var socket = socket()) {
        socket.send(ascii(PREFACE));
        socket.send(SETTINGS);
        socket.send(stream);
        if (i % 2 == 0) {
          socket.send(Http2Bytes.emptyMessageAndEnd(1));
        }
        socket.awaitBytes();
        socket.reset();
      }
    }
  }

  // ---------------------------------------------------------------- HTTP/1.1

  @Test
  void largeHeadsAreRefused() throws IOException {
    try (var socket = socket()) {
      socket.send(
          ascii("GET /health HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(200_000) + "\r\n\r\n"));
      assertThat(socket.readLine()).containsAnyOf("431", "400", "413");
      socket.awaitEnd();
    }
    try (var socket = socket()) {
      socket.send(ascii("GET /" + "x".repeat(200_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
      assertThat(socket.readLine()).containsAnyOf("414", "400");
      socket.awaitEnd();
    }
  }

  @Test
  void largeBodiesAreRefusedBeforeTheyAreWhole() throws IOException {
    try (var socket = socket()) {
      socket.send(
          ascii("POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"));
      socket.send(ascii("{\"key\":\""));
      byte[] piece = ascii("A".repeat(MEBIBYTE));
      for (int i = 0; i < 6; i++) {
        socket.trySend(piece);
      }
      assertThat(socket.readLine()).contains("429");
    }
  }

  @Test
  void malformedJsonIsRefused() {
    for (String body :
        List.of(
            "{",
            "{\"key\":",
            "\u0000",
            "{\"key\":\"" + "A".repeat(10_000),
            "[".repeat(100_000),
            "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
            "{\"key\":\"AA==\",\"lease\":1e999999999}",
            "{\"key\":\"AA==\",\"lease\":" + "9".repeat(100_000) + "}",
            "{\"\\ud800\":1,\"key\":\"\\udfff\"}")) {
      assertThat(front.post("/v3/kv/put", body).statusCode())
          .as(body.substring(0, 1))
          .isEqualTo(400);
    }
  }

  // ---------------------------------------------------------------- HTTP/2

  private HttpClient http2() {
    HttpClient client =
        front.vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    clients.add(client);
    return client;
  }

  private Future<HttpClientRequest> open(HttpClient client, String path) {
    return client
        .request(HttpMethod.POST, front.port(), "127.0.0.1", path)
        .map(
            request ->
                request
                    .putHeader("content-type", "application/grpc")
                    .putHeader("te", "trailers")
                    .setChunked(true));
  }

  @Test
  void thousandsOfStreamsOpenedAndResetLeaveNothing() {
    HttpClient client = http2();
    for (int round = 0; round < 10; round++) {
      List<Future<?>> resets = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        String path = i % 2 == 0 ? "/etcdserverpb.Watch/Watch" : "/etcdserverpb.KV/Range";
        resets.add(
            open(client, path)
                .compose(request -> request.sendHead().compose(_ -> request.reset(8))));
      }
      FrontFixture.await(Future.join(resets));
    }
    awaitThat(() -> sessions.get() == 0);
  }

  @Test
  void unknownCallsEndAtOnce() {
    for (String path : List.of("/", "/a", "/a/b/c", "/etcdserverpb.KV/", "//", "/%00/x")) {
      var status =
          open(http2(), path)
              .compose(request -> request.send(Buffer.buffer(new byte[5])))
              .map(
                  response ->
                      response.statusCode() == 200
                          ? response.getHeader("grpc-status")
                          : "" + response.statusCode());
      assertThat(FrontFixture.await(status)).as(path).isIn("12", "404", "400");
    }
  }

  @Test
  void messagesOverTheLimitEndTheCallBeforeTheyAreWhole() {
    var head = Buffer.buffer().appendByte((byte) 0).appendInt(Integer.MAX_VALUE);
    var status =
        open(http2(), "/etcdserverpb.KV/Put")
            .compose(request -> request.write(head).compose(_ -> request.response()))
            .map(response -> response.getHeader("grpc-status"));
    assertThat(FrontFixture.await(status)).isEqualTo("8");
  }

  /// A small message that unpacks to a large one.
  @Test
  void messagesThatUnpackOverTheLimitAreRefused() throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      for (int i = 0; i < 64; i++) {
        gzip.write(new byte[MEBIBYTE]);
      }
    }
    var outcome = RawGrpc.call(front, "KV", "Put", packed.toByteArray(), "gzip");
    assertThat(outcome.code()).isEqualTo(8);
    assertThat(outcome.text()).startsWith("grpc: received message larger than max");
  }

  @Test
  void framesOverTheLimitCloseTheConnection() throws IOException {
    try (var socket = socket()) {
      socket.send(ascii(PREFACE));
      socket.send(SETTINGS);
      socket.send(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 0, 0, 0, 0, 1});
      socket.awaitEnd();
    }
  }

  @Test
  void headersOverTheLimitAreRefused() {
    var refused =
        open(http2(), "/etcdserverpb.KV/Range")
            .compose(
                request -> {
                  for (int i = 0; i < 30; i++) {
                    request.putHeader("x" + i, "y".repeat(8_000));
                  }
                  return request.send(Buffer.buffer(new byte[5]));
                })
            .transform(
                (response, failure) ->
                    Future.succeededFuture(failure != null || response.statusCode() == 431));
    assertThat(FrontFixture.await(refused)).isTrue();
  }

  @Test
  void rangesOfRandomBytesAreRefused() {
    var random = new Random(3);
    for (int i = 0; i < 100; i++) {
      byte[] bytes = new byte[1 + random.nextInt(100)];
      random.nextBytes(bytes);
      int code = front.call("etcdserverpb.KV", "Range", bytes, Map.of()).code();
      assertThat(code).isIn(0, 3, 11, 13);
    }
    assertThat(front.call("KV/Range", RangeRequest.getDefaultInstance()).code()).isEqualTo(3);
  }
}
