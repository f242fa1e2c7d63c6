package io.flotilla.router.front;

import com.google.protobuf.Message;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.lease.LeaseLimits;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.auth.Authority;
import io.flotilla.router.auth.TokenSettings;
import io.flotilla.router.front.http.HealthMetrics;
import io.flotilla.router.front.http.HttpRules;
import io.flotilla.router.front.rpc.CallLimits;
import io.flotilla.router.front.rpc.RpcMetrics;
import io.flotilla.router.front.rpc.RpcRegistry;
import io.flotilla.router.front.rpc.StreamHandler;
import io.flotilla.router.front.service.ApiServices;
import io.flotilla.router.route.CurrentLoop;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A front over a [FakeCluster], with clients for it.
final class FrontFixture implements AutoCloseable {
  static final CallLimits LIMITS = new CallLimits(1_572_864, 128, 7_000, 50, 300);
  static final long WAIT_SECONDS = 10;
  static final long FIRST_REQUEST_MILLIS = 1_000;

  final FakeCluster cluster = new FakeCluster();
  final FakeWatch watch = new FakeWatch();
  final ServingState state = new ServingState();
  final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final Vertx vertx = Vertx.vertx();
  final Authority authority;
  final RpcRegistry registry;
  final Front front;
  private final GrpcClient grpc;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  FrontFixture() {
    this(Set.of("*"), Set.of(), LIMITS, 1);
  }

  FrontFixture(Set<String> cors, Set<String> hosts, CallLimits limits, int eventLoops) {
    var config =
        new FrontConfig(
            List.of(
                new Listener(new Listener.Tcp("127.0.0.1", -1), Listener.Role.CLIENT, null),
                new Listener(new Listener.Tcp("127.0.0.1", -2), Listener.Role.MONITORING, null)),
            limits,
            new HttpRules(cors, hosts, true, true),
            new FrontConfig.PingRules(5_000, 0, 0),
            0xFFFFFFFFL,
            true,
            FIRST_REQUEST_MILLIS,
            500);
    var ids = new AtomicLong(41);
    authority =
        new Authority(
            new Authority.Settings(new TokenSettings.Simple(Duration.ofSeconds(300)), 4, 1),
            cluster.doors(),
            Clock.system(),
            new CurrentLoop());
    cluster.logins = authority.logins();
    var settings =
        new ApiServices.Settings(limits, new LeaseLimits(2), ids::incrementAndGet, authority);
    registry = ApiServices.registry(cluster.doors(), watch, settings, state);
    var metrics = new RpcMetrics(meters, registry, true);
    var parts =
        new FrontParts(
            config,
            cluster.doors(),
            registry,
            authority.guard(),
            metrics,
            meters,
            new HealthMetrics(meters),
            state,
            Clock.system());
    front = await(Front.start(vertx, parts, eventLoops));
    grpc = GrpcClient.client(vertx);
  }

  /// The watch of the front, as tests see it.
  static final class FakeWatch implements StreamHandler<WatchRequest, WatchResponse> {
    volatile @Nullable StreamHandler<WatchRequest, WatchResponse> handler;

    @Override
    public io.flotilla.router.front.rpc.StreamSession<WatchRequest> open(
        io.flotilla.router.front.rpc.Call call,
        io.flotilla.router.front.rpc.StreamSink<WatchResponse> sink) {
      var delegate = handler;
      if (delegate == null) {
        throw new IllegalStateException("no test set a watch handler");
      }
      return delegate.open(call, sink);
    }
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("not completed well", e);
    }
  }

  int port() {
    return front.ports().getFirst();
  }

  int monitoringPort() {
    return front.ports().get(1);
  }

  /// What came of a unary call.
  record Outcome(int code, @Nullable String text, byte[] body) {}

  /// Calls a method with raw bytes.
  Outcome call(String service, String method, byte[] request, Map<String, String> headers) {
    ServiceMethod<Buffer, Buffer> raw =
        ServiceMethod.client(
            ServiceName.create(service),
            method,
            GrpcMessageEncoder.IDENTITY,
            GrpcMessageDecoder.IDENTITY);
    Future<Outcome> outcome =
        open(raw)
            .compose(
                call -> {
                  headers.forEach((name, value) -> call.headers().set(name, value));
                  // Listened for before the request leaves: an answer may come at once.
                  Future<Outcome> answer = call.response().compose(FrontFixture::outcome);
                  call.end(Buffer.buffer(request));
                  return answer;
                });
    return await(outcome);
  }

  private static Future<Outcome> outcome(GrpcClientResponse<Buffer, Buffer> response) {
    Buffer body = Buffer.buffer();
    response.handler(body::appendBuffer);
    // The client makes a failure of every status but OK.
    return response
        .end()
        .transform(
            (_, _) ->
                Future.succeededFuture(
                    new Outcome(
                        response.status().code, response.statusMessage(), body.getBytes())));
  }

  Outcome call(String method, Message request) {
    return call(method, request, Map.of());
  }

  /// @param method such as `KV/Put`
  Outcome call(String method, Message request, Map<String, String> headers) {
    String[] names = method.split("/");
    return call("etcdserverpb." + names[0], names[1], request.toByteArray(), headers);
  }

  <Q, R> Future<GrpcClientRequest<Q, R>> open(ServiceMethod<R, Q> method) {
    return grpc.request(SocketAddress.inetSocketAddress(port(), "127.0.0.1"), method);
  }

  HttpResponse<String> post(String path, String body, String... headers) {
    return send("POST", path, body, headers);
  }

  HttpResponse<String> get(String path) {
    return send("GET", path, "");
  }

  HttpResponse<String> send(String verb, String path, String body, String... headers) {
    return send(port(), verb, path, body, headers);
  }

  HttpResponse<String> send(int port, String verb, String path, String body, String... headers) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(verb, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (Exception e) {
      throw new AssertionError(verb + " " + path, e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    authority.close();
    await(grpc.close());
    await(vertx.close());
  }
}
