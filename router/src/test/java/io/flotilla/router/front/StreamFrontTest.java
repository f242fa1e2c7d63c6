package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrpcClient;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveResponse;
import io.flotilla.proto.etcd.MaintenanceGrpcClient;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RangeStreamResponse;
import io.flotilla.proto.etcd.SnapshotRequest;
import io.flotilla.proto.etcd.SnapshotResponse;
import io.flotilla.proto.etcd.WatchGrpcClient;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.core.Promise;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.impl.GrpcWriteStreamBase;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamFrontTest {
  private FrontFixture front;

  @BeforeEach
  void start() {
    front = new FrontFixture();
  }

  @AfterEach
  void stop() {
    front.close();
  }

  /// A client's end of a stream.
  private final class Stream<Q, R> {
    final BlockingQueue<R> responses = new LinkedBlockingQueue<>();
    final CompletableFuture<FrontFixture.Outcome> ended = new CompletableFuture<>();
    final GrpcClientRequest<Q, R> request;

    Stream(ServiceMethod<R, Q> method, Map<String, String> headers) {
      request = FrontFixture.await(front.open(method));
      headers.forEach((name, value) -> request.headers().set(name, value));
      request.response().onSuccess(this::onResponse).onFailure(ended::completeExceptionally);
      FrontFixture.await(((GrpcWriteStreamBase<?, ?>) request).writeHead());
    }

    private void onResponse(GrpcClientResponse<Q, R> response) {
      response.handler(responses::add);
      response
          .end()
          .onComplete(
              (_, failure) -> {
                if (response.status() == null) {
                  ended.completeExceptionally(failure);
                } else {
                  ended.complete(
                      new FrontFixture.Outcome(
                          response.status().code, text(response), new byte[0]));
                }
              });
    }

    /// Where the message is depends on whether a response came before it; the client looks in one
    /// of the two places.
    private static String text(GrpcClientResponse<?, ?> response) {
      String trailer = response.trailers().get("grpc-message");
      return trailer == null
          ? response.statusMessage()
          : URLDecoder.decode(trailer, StandardCharsets.UTF_8);
    }

    R next() throws InterruptedException {
      R response = responses.poll(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
      assertThat(response).as("a response in time").isNotNull();
      return response;
    }

    FrontFixture.Outcome end() throws Exception {
      return ended.get(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void put(String key) {
    front.call(
        "KV/Put",
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFromUtf8("v"))
            .build());
  }

  private RangeRequest.Builder all() {
    ByteString zero = ByteString.copyFrom(new byte[1]);
    return RangeRequest.newBuilder().setKey(zero).setRangeEnd(zero);
  }

  private List<RangeResponse> rangeStream(RangeRequest request) throws Exception {
    var stream = new Stream<RangeRequest, RangeStreamResponse>(KVGrpcClient.RangeStream, Map.of());
    stream.request.end(request);
    assertThat(stream.end().code()).isZero();
    List<RangeResponse> parts = new ArrayList<>();
    stream.responses.forEach(part -> parts.add(part.getRangeResponse()));
    return parts;
  }

  @Test
  void rangeStreamsComeInChunksWithTheHeaderLast() throws Exception {
    for (int i = 0; i < 25; i++) {
      put("k" + (char) ('a' + i));
    }
    List<RangeResponse> parts = rangeStream(all().build());
    assertThat(parts).hasSizeGreaterThanOrEqualTo(2);
    var merged = RangeResponse.newBuilder();
    for (RangeResponse part : parts) {
      boolean last = part == parts.getLast();
      assertThat(part.hasHeader()).isEqualTo(last);
      assertThat(part.getCount()).isEqualTo(last ? 25 : 0);
      assertThat(part.getMore()).isFalse();
      merged.mergeFrom(part);
    }
    assertThat(merged.getKvsCount()).isEqualTo(25);
    assertThat(merged.getKvsList().stream().map(kv -> kv.getKey().toStringUtf8()).toList())
        .isSorted();
    assertThat(merged.getHeader().getRevision()).isEqualTo(26);
  }

  @Test
  void rangeStreamsObeyLimitsAndAnswerOnceForNothing() throws Exception {
    for (int i = 0; i < 25; i++) {
      put("k" + (char) ('a' + i));
    }
    var limited = rangeStream(all().setLimit(12).build());
    assertThat(limited.stream().mapToInt(RangeResponse::getKvsCount).sum()).isEqualTo(12);
    assertThat(limited.getLast().getMore()).isTrue();
    assertThat(limited.getLast().getCount()).isEqualTo(25);
    var counted = rangeStream(all().setCountOnly(true).build());
    assertThat(counted).hasSize(1);
    assertThat(counted.getFirst().getCount()).isEqualTo(25);
    var none = rangeStream(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("zz")).build());
    assertThat(none).hasSize(1);
    assertThat(none.getFirst().hasHeader()).isTrue();
  }

  @Test
  void rangeStreamsRefuseWhatTheyCannotDo() throws Exception {
    record Case(RangeRequest request, int code, String text) {}

    for (Case bad :
        List.of(
            new Case(RangeRequest.getDefaultInstance(), 3, "etcdserver: key is not provided"),
            new Case(
                all().setSortOrder(RangeRequest.SortOrder.DESCEND).build(),
                12,
                "RangeStream does not support custom sort orders"),
            new Case(
                all().setMinModRevision(1).build(),
                12,
                "RangeStream does not support revision filters"))) {
      var stream =
          new Stream<RangeRequest, RangeStreamResponse>(KVGrpcClient.RangeStream, Map.of());
      stream.request.end(bad.request());
      assertThat(stream.end().text()).isEqualTo(bad.text());
      assertThat(stream.end().code()).isEqualTo(bad.code());
    }
  }

  @Test
  void renewalsKeepTheirOrderAndDrainAfterHalfClose() throws Exception {
    front.call("Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setID(5).setTTL(9).build());
    front.cluster.holdRenewals = Promise.promise();
    var stream =
        new Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(
            LeaseGrpcClient.LeaseKeepAlive, Map.of());
    for (long id : new long[] {5, 6, 5}) {
      stream.request.write(LeaseKeepAliveRequest.newBuilder().setID(id).build());
    }
    stream.request.end();
    front.cluster.holdRenewals.complete();
    assertThat(stream.next().getTTL()).isEqualTo(9);
    LeaseKeepAliveResponse unknown = stream.next();
    assertThat(unknown.getID()).isEqualTo(6);
    assertThat(unknown.getTTL()).isZero();
    assertThat(stream.next().getID()).isEqualTo(5);
    assertThat(stream.end().code()).isZero();
  }

  @Test
  void renewalsWithoutALeaderEndTheStream() throws Exception {
    front.cluster.leader = 0;
    var stream =
        new Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(
            LeaseGrpcClient.LeaseKeepAlive, Map.of());
    stream.request.write(LeaseKeepAliveRequest.newBuilder().setID(5).build());
    assertThat(stream.end().text()).isEqualTo("etcdserver: no leader");
    assertThat(stream.end().code()).isEqualTo(14);
  }

  /// Contract 2.11: chunks of 32 KiB, the bytes that remain, a digest at the end.
  @Test
  void snapshotsCountDownAndEndWithTheirDigest() throws Exception {
    byte[] data = new byte[512 * 1000];
    new Random(7).nextBytes(data);
    front.cluster.backupBytes = data;
    var stream =
        new Stream<SnapshotRequest, SnapshotResponse>(MaintenanceGrpcClient.Snapshot, Map.of());
    stream.request.end(SnapshotRequest.getDefaultInstance());
    assertThat(stream.end().code()).isZero();
    List<SnapshotResponse> messages = List.copyOf(stream.responses);
    ByteString received = ByteString.EMPTY;
    for (SnapshotResponse message : messages.subList(0, messages.size() - 1)) {
      received = received.concat(message.getBlob());
      assertThat(message.getRemainingBytes()).isEqualTo(data.length - received.size());
      assertThat(message.getVersion()).isEqualTo("3.7.0");
    }
    assertThat(messages.getFirst().getBlob().size()).isEqualTo(32768);
    assertThat(received).isEqualTo(ByteString.copyFrom(data));
    assertThat(messages.getLast().getBlob())
        .isEqualTo(ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(data)));
    assertThat(front.cluster.openBackups).hasValue(0);
  }

  @Test
  void aClientThatDoesNotReadHoldsTheSnapshotBack() throws Exception {
    front.cluster.backupBytes = new byte[512 * 200_000];
    GrpcClientRequest<SnapshotRequest, SnapshotResponse> request =
        FrontFixture.await(front.open(MaintenanceGrpcClient.Snapshot));
    var paused = new CompletableFuture<GrpcClientResponse<SnapshotRequest, SnapshotResponse>>();
    request
        .response()
        .onSuccess(
            response -> {
              response.pause();
              paused.complete(response);
            });
    request.end(SnapshotRequest.getDefaultInstance());
    var response = paused.get(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
    assertThat(front.cluster.openBackups).as("not all of it fits on its way").hasValue(1);
    var done = new CompletableFuture<Void>();
    response.handler(_ -> {});
    response.endHandler(_ -> done.complete(null));
    response.resume();
    done.get(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
  }

  /// What a test's watch saw.
  private static final class Session implements StreamSession<WatchRequest> {
    final StreamSink<WatchResponse> sink;
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    Session(StreamSink<WatchResponse> sink) {
      this.sink = sink;
    }

    @Override
    public void onRequest(WatchRequest request) {
      sink.send(WatchResponse.newBuilder().setCreated(true).build());
    }

    @Override
    public void onHalfClose() {
      events.add("half-closed");
      sink.send(WatchResponse.newBuilder().setWatchId(1).build());
    }

    @Override
    public void onClosed() {
      events.add("closed");
    }

    String next() throws InterruptedException {
      return events.poll(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private CompletableFuture<Session> watchSession() {
    var session = new CompletableFuture<Session>();
    front.watch.handler =
        (_, sink) -> {
          var opened = new Session(sink);
          session.complete(opened);
          return opened;
        };
    return session;
  }

  @Test
  void watchesGoOnAfterHalfCloseAndAreReleasedOnCancel() throws Exception {
    var session = watchSession();
    var stream = new Stream<WatchRequest, WatchResponse>(WatchGrpcClient.Watch, Map.of());
    stream.request.write(WatchRequest.getDefaultInstance());
    assertThat(stream.next().getCreated()).isTrue();
    stream.request.end();
    assertThat(session.get().next()).isEqualTo("half-closed");
    assertThat(stream.next().getWatchId()).isEqualTo(1);
    stream.request.cancel();
    assertThat(session.get().next()).isEqualTo("closed");
    assertThat(front.get("/metrics").body())
        .contains(
            "grpc_server_handled_total{grpc_code=\"Canceled\",grpc_method=\"Watch\","
                + "grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 1.0");
  }

  @Test
  void aConnectionThatBreaksReleasesItsStreams() throws Exception {
    var session = watchSession();
    var stream = new Stream<WatchRequest, WatchResponse>(WatchGrpcClient.Watch, Map.of());
    stream.request.write(WatchRequest.getDefaultInstance());
    stream.next();
    stream.request.connection().close();
    assertThat(session.get().next()).isEqualTo("closed");
  }

  @Test
  void streamsThatRequireALeaderEndWhenThereIsNoneForLong() throws Exception {
    var session = watchSession();
    var stream =
        new Stream<WatchRequest, WatchResponse>(WatchGrpcClient.Watch, Map.of("hasleader", "true"));
    stream.request.write(WatchRequest.getDefaultInstance());
    stream.next();
    front.cluster.leader = 0;
    assertThat(stream.end().text()).isEqualTo("etcdserver: no leader");
    assertThat(session.get().next()).isEqualTo("closed");

    var refused =
        new Stream<WatchRequest, WatchResponse>(WatchGrpcClient.Watch, Map.of("hasleader", "true"));
    assertThat(refused.end().code()).isEqualTo(14);
  }

  @Test
  void theClientsDeadlineEndsAStream() throws Exception {
    watchSession();
    var stream =
        new Stream<WatchRequest, WatchResponse>(
            WatchGrpcClient.Watch, Map.of("grpc-timeout", "100m"));
    assertThat(stream.end().text()).isEqualTo("context deadline exceeded");
    assertThat(stream.end().code()).isEqualTo(4);
  }

  @Test
  void shutdownEndsStreamsAndLetsCallsFinish() throws Exception {
    var session = watchSession();
    var stream = new Stream<WatchRequest, WatchResponse>(WatchGrpcClient.Watch, Map.of());
    stream.request.write(WatchRequest.getDefaultInstance());
    stream.next();
    front.cluster.hold = Promise.promise();
    var running =
        CompletableFuture.supplyAsync(
            () ->
                front.call(
                    "KV/Put",
                    PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build()));
    while (front.cluster.commands.isEmpty()) {
      Thread.onSpinWait();
    }
    var stopped = front.front.stop();
    assertThat(stream.end().text()).isEqualTo("etcdserver: server stopped");
    assertThat(session.get().next()).isEqualTo("closed");
    assertThat(front.state.isServing()).isFalse();
    front.cluster.hold.complete();
    assertThat(running.get(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS).code()).isZero();
    FrontFixture.await(stopped);
  }
}
