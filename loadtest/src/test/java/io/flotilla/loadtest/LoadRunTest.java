package io.flotilla.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.report.RunResult;
import io.flotilla.loadtest.run.Counters;
import io.flotilla.loadtest.run.LoadPlan;
import io.flotilla.loadtest.run.LoadRun;
import io.flotilla.loadtest.run.Progress;
import io.flotilla.loadtest.workload.AcrossWorkload;
import io.flotilla.loadtest.workload.EvenWorkload;
import io.flotilla.loadtest.workload.Keys;
import io.flotilla.loadtest.workload.PutWorkload;
import io.flotilla.loadtest.workload.RangeWorkload;
import io.flotilla.loadtest.workload.TxnWorkload;
import io.flotilla.loadtest.workload.Workload;
import io.flotilla.proto.etcd.KVGrpcService;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.TxnResponse;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The harness against a server in the same process that only counts.
class LoadRunTest {
  private final Vertx vertx = Vertx.vertx();
  private final AtomicLong puts = new AtomicLong();
  private final AtomicLong ranges = new AtomicLong();
  private final Set<String> written = ConcurrentHashMap.newKeySet();
  private final Progress quiet = new Progress(System.err, true);
  private HttpServer server;
  private volatile boolean refusing;

  @BeforeEach
  void listen() throws Exception {
    GrpcServer grpc = GrpcServer.server(vertx);
    grpc.callHandler(
        KVGrpcService.Put,
        call ->
            call.handler(
                request -> {
                  puts.incrementAndGet();
                  written.add(request.getKey().toStringUtf8());
                  if (refusing) {
                    call.response().status(GrpcStatus.UNAVAILABLE).statusMessage("closed").end();
                  } else {
                    call.response().end(PutResponse.getDefaultInstance());
                  }
                }));
    grpc.callHandler(
        KVGrpcService.Range,
        call ->
            call.handler(
                _ -> {
                  ranges.incrementAndGet();
                  call.response().end(RangeResponse.getDefaultInstance());
                }));
    grpc.callHandler(
        KVGrpcService.Txn,
        call ->
            call.handler(
                request -> {
                  request.getSuccessList().forEach(this::note);
                  long expected =
                      request.getCompareCount() == 0 ? 0 : request.getCompare(0).getModRevision();
                  var header = ResponseHeader.newBuilder().setRevision(expected + 1);
                  call.response()
                      .end(TxnResponse.newBuilder().setSucceeded(true).setHeader(header).build());
                }));
    server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  if (request.path().equals("/metrics")) {
                    request
                        .response()
                        .end("# x\nputs_total{a=\"b\"} " + 3 * puts.get() + "\nz 1\n");
                  } else {
                    grpc.handle(request);
                  }
                })
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  private void note(RequestOp operation) {
    written.add(operation.getRequestPut().getKey().toStringUtf8());
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void aClosedLoopCountsWhatTheServerAnswered() {
    Keys keys = new Keys("k/", 10, 16, 100, false);
    RunResult result = run(plan(OptionalLong.empty(), 8), new PutWorkload(keys), keys);
    assertThat(result.done()).isPositive().isLessThanOrEqualTo(puts.get());
    assertThat(result.failures()).isEmpty();
  }

  /// The rate of an open loop does not depend on how fast the server answers.
  @Test
  void anOpenLoopNeverSendsMoreThanItsRate() {
    Keys keys = new Keys("k/", 10, 16, 100, false);
    long start = System.nanoTime();
    run(plan(OptionalLong.of(200), 64), new PutWorkload(keys), keys);
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(puts.get()).isPositive().isLessThanOrEqualTo((long) (200 * seconds) + 1);
  }

  @Test
  void readsFindEveryKeyWritten() {
    Keys keys = new Keys("k/", 10, 16, 300, false);
    RunResult result = run(plan(OptionalLong.empty(), 4), new RangeWorkload(keys, 1, true), keys);
    assertThat(written).hasSize(300);
    assertThat(result.done()).isPositive().isLessThanOrEqualTo(ranges.get());
  }

  @Test
  void transactionsCompareWithTheRevisionSeenLast() {
    Keys keys = new Keys("k/", 10, 16, 5, true);
    RunResult result = run(plan(OptionalLong.empty(), 2), new TxnWorkload(keys), keys);
    assertThat(result.done()).isPositive();
    assertThat(result.failures()).isEmpty();
  }

  @Test
  void transactionsAcrossPrefixesPutAKeyOfEach() {
    List<Keys> kinds = List.of(new Keys("a/", 4, 8, 1, true), new Keys("b/", 4, 8, 1, true));
    var across = new AcrossWorkload(kinds);
    RunResult result = run(plan(OptionalLong.of(50), 8), across, kinds.getFirst());
    assertThat(result.failures()).isEmpty();
    assertThat(written).containsExactlyInAnyOrder("a/00", "b/00");
  }

  @Test
  void evenPutsGoToAllPrefixesInTurn() {
    List<Keys> kinds =
        List.of(new Keys("a/", 8, 8, 100_000, true), new Keys("b/", 8, 8, 100_000, true));
    run(plan(OptionalLong.of(100), 8), new EvenWorkload(kinds), kinds.getFirst());
    long first = written.stream().filter(key -> key.startsWith("a/")).count();
    assertThat(written.size() - 2 * first).isBetween(-1L, 1L);
    assertThat(first).isPositive();
  }

  @Test
  void countersOfTheServerAreToldAsRates() {
    Keys keys = new Keys("k/", 10, 16, 100, false);
    LoadPlan plain = plan(OptionalLong.of(100), 8);
    var plan =
        new LoadPlan(
            plain.endpoints(),
            plain.connections(),
            plain.clients(),
            plain.rate(),
            plain.warmup(),
            plain.measure(),
            plain.timeoutMillis(),
            plain.serverPids(),
            new Counters(plain.endpoints(), List.of("puts_total", "absent")));
    RunResult result = run(plan, new PutWorkload(keys), keys);
    assertThat(result.countersPerSecond()).containsOnlyKeys("puts_total", "absent");
    assertThat(result.countersPerSecond()).containsEntry("absent", 0.0);
    assertThat(result.countersPerSecond().get("puts_total")).isPositive();
    assertThat(result.toJson().getJsonObject("counters_per_second").size()).isEqualTo(2);
  }

  @Test
  void failuresAreCountedByTheirText() {
    refusing = true;
    Keys keys = new Keys("k/", 10, 16, 5, true);
    RunResult result = run(plan(OptionalLong.empty(), 2), new PutWorkload(keys), keys);
    assertThat(result.done()).isZero();
    assertThat(result.failures()).containsOnlyKeys("UNAVAILABLE: closed");
  }

  @Test
  void keysHaveTheAskedLengthAndDiffer() {
    Keys keys = new Keys("p/", 12, 3, 1000, true);
    assertThat(keys.key(7).toStringUtf8()).isEqualTo("p/0000000007");
    assertThat(keys.value().size()).isEqualTo(3);
    assertThat(keys.pick()).isZero();
    assertThat(keys.pick()).isOne();
  }

  @Test
  void endpointsAreReadWithAndWithoutScheme() {
    assertThat(Endpoint.list("http://a:1, b:2,c"))
        .containsExactly(new Endpoint("a", 1), new Endpoint("b", 2), new Endpoint("c", 2379));
    assertThatThrownBy(() -> Endpoint.list("a:x")).hasMessage("\"a:x\" is not HOST:PORT");
  }

  private RunResult run(LoadPlan plan, Workload workload, Keys keys) {
    return new LoadRun(vertx, quiet).run("test", plan, workload, keys);
  }

  private LoadPlan plan(OptionalLong rate, int clients) {
    return new LoadPlan(
        List.of(new Endpoint("127.0.0.1", server.actualPort())),
        2,
        clients,
        rate,
        Duration.ofMillis(200),
        Duration.ofSeconds(1),
        5000,
        List.of(),
        Counters.NONE);
  }
}
