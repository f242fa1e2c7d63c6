package io.flotilla.node.run;

import com.google.protobuf.ByteString;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrpcClient;
import io.flotilla.proto.etcd.MaintenanceGrpcClient;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.StatusRequest;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchGrpcClient;
import io.flotilla.proto.etcd.WatchRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.common.ServiceMethod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Runs a node in a scratch directory under a short load of every common kind, so that the Java
/// machine learns which classes and methods a node needs and can keep that for later starts.
public final class WarmUp {
  private static final int LANES = 64;
  private static final int KEYS = 2000;
  private static final int VALUE_BYTES = 256;
  private static final long CLOSE_SECONDS = 30;

  private final Vertx vertx = Vertx.vertx();
  private final AtomicLong requests = new AtomicLong();
  private final GrpcClient client;

  /// Held, as a client that nobody holds is closed by the garbage collector with its requests.
  private final HttpClient http = vertx.createHttpClient();

  private final SocketAddress address;
  private final long endNanos;

  private WarmUp(int port, Duration duration) {
    this.client =
        GrpcClient.client(
            vertx,
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    this.address = SocketAddress.inetSocketAddress(port, "127.0.0.1");
    this.endNanos = System.nanoTime() + duration.toNanos();
  }

  /// @param scratch an empty directory
  /// @return how many requests were answered
  public static long run(Path scratch, Duration duration) {
    var flags =
        Map.of(
            "data-dir", scratch.toString(),
            "listen-client-urls", "http://127.0.0.1:0",
            "advertise-client-urls", "http://127.0.0.1:0",
            "listen-peer-urls", "http://127.0.0.1:0",
            "checkpoint-interval", "1s",
            "log-level", "warn");
    NodeConfig config = NodeConfigReader.read(SettingTexts.merge(flags, Map.of()));
    try (Node node = Node.start(config)) {
      return new WarmUp(node.ports().getFirst(), duration).load();
    }
  }

  private long load() {
    try {
      watch();
      Future<?>[] lanes = new Future<?>[LANES];
      for (int i = 0; i < LANES; i++) {
        lanes[i] = lane();
      }
      Future.all(List.of(lanes))
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE_SECONDS * 4, TimeUnit.SECONDS);
      return requests.get();
    } catch (Exception e) {
      throw new IllegalStateException("the warm-up failed: " + Reasons.of(e), e);
    } finally {
      vertx.close();
    }
  }

  private void watch() {
    var create = WatchCreateRequest.newBuilder().setKey(key(0)).setRangeEnd(key(KEYS / 10));
    client
        .request(address, WatchGrpcClient.Watch)
        .onSuccess(
            stream -> {
              stream.write(WatchRequest.newBuilder().setCreateRequest(create).build());
              stream.response().onSuccess(answers -> answers.handler(_ -> {}));
            });
  }

  /// Request after request until the time is up; through callbacks, not an ever longer chain.
  private Future<Void> lane() {
    Promise<Void> finished = Promise.promise();
    next(finished);
    return finished.future();
  }

  private void next(Promise<Void> finished) {
    if (System.nanoTime() - endNanos >= 0) {
      finished.complete();
      return;
    }
    request(requests.incrementAndGet()).onSuccess(_ -> next(finished)).onFailure(finished::fail);
  }

  private Future<?> request(long turn) {
    ByteString key = key(turn * 31 % KEYS);
    return switch ((int) (turn % 16)) {
      case 0, 1, 2, 3, 4, 5, 6 -> call(KVGrpcClient.Put, put(key));
      case 7 -> call(KVGrpcClient.Txn, txn(key));
      case 8 ->
          call(
              KVGrpcClient.Range,
              RangeRequest.newBuilder().setKey(key).setRangeEnd(key(KEYS)).setLimit(20).build());
      case 9 -> turn % 512 == 9 ? rare() : call(KVGrpcClient.Put, put(key));
      default -> call(KVGrpcClient.Range, RangeRequest.newBuilder().setKey(key).build());
    };
  }

  /// What a start has to load but no load is made of.
  private Future<?> rare() {
    return call(LeaseGrpcClient.LeaseGrant, LeaseGrantRequest.newBuilder().setTTL(60).build())
        .compose(_ -> call(MaintenanceGrpcClient.Status, StatusRequest.getDefaultInstance()))
        .compose(_ -> json("/v3/kv/range", "{\"key\":\"Zm9v\"}"))
        .compose(_ -> json("/health", ""));
  }

  private Future<?> json(String path, String body) {
    return http.request(
            body.isEmpty() ? HttpMethod.GET : HttpMethod.POST, address.port(), address.host(), path)
        .compose(request -> request.send(body))
        .compose(response -> response.body());
  }

  private <Q, R> Future<R> call(ServiceMethod<R, Q> method, Q message) {
    return client
        .<Q, R>request(address, method)
        .compose(request -> request.send(message))
        .compose(response -> response.last());
  }

  private static PutRequest put(ByteString key) {
    return PutRequest.newBuilder()
        .setKey(key)
        .setValue(ByteString.copyFrom(new byte[VALUE_BYTES]))
        .build();
  }

  private static TxnRequest txn(ByteString key) {
    return TxnRequest.newBuilder()
        .addCompare(
            Compare.newBuilder()
                .setKey(key)
                .setTarget(Compare.CompareTarget.VERSION)
                .setResult(Compare.CompareResult.GREATER)
                .setVersion(0))
        .addSuccess(RequestOp.newBuilder().setRequestPut(put(key)))
        .addFailure(RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)))
        .build();
  }

  private static ByteString key(long number) {
    return ByteString.copyFromUtf8("warm-up/%08d".formatted(number));
  }
}
