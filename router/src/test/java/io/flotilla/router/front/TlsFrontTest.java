package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.port.Clock;
import io.flotilla.base.tls.CertificateMaker;
import io.flotilla.base.tls.CertificateMaker.Made;
import io.flotilla.base.tls.TlsFiles;
import io.flotilla.base.tls.TlsRules;
import io.flotilla.base.tls.TlsStore;
import io.flotilla.placement.lease.LeaseLimits;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.transport.tls.SocketTls;
import io.flotilla.router.auth.Authority;
import io.flotilla.router.auth.TokenSettings;
import io.flotilla.router.front.http.HealthMetrics;
import io.flotilla.router.front.http.HttpRules;
import io.flotilla.router.front.rpc.RpcMetrics;
import io.flotilla.router.front.service.ApiServices;
import io.flotilla.router.route.CurrentLoop;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A port with TLS: gRPC and the gateway by ALPN, and the name in the client's certificate.
class TlsFrontTest {
  private static final RangeRequest RANGE =
      RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build();

  @TempDir private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final FakeCluster cluster = new FakeCluster();

  /// Of each request that was let in.
  private final BlockingQueue<String> names = new LinkedBlockingQueue<>();

  private @Nullable Authority authority;

  @AfterEach
  void close() {
    if (authority != null) {
      authority.close();
    }
    FrontFixture.await(vertx.close());
  }

  // ------------------------------------------------------------------- certificates

  private static CertificateMaker.Validity month() {
    Instant now = Instant.now();
    return new CertificateMaker.Validity(now.minusSeconds(60), now.plus(Duration.ofDays(30)));
  }

  private static Made authorityOf(String name) {
    return CertificateMaker.selfSigned(
        new CertificateMaker.Subject("test", name, List.of(), true), month());
  }

  private TlsFiles.Pair put(String file, @Nullable String commonName, Made signer)
      throws IOException {
    var subject = new CertificateMaker.Subject("test", commonName, List.of("127.0.0.1"), false);
    Made made = CertificateMaker.signed(subject, month(), signer);
    Path certificate = Files.writeString(folder.resolve(file + ".pem"), made.certificateText());
    Path key = Files.writeString(folder.resolve(file + "-key.pem"), made.keyText());
    return new TlsFiles.Pair(certificate, key);
  }

  private TlsStore store(
      TlsFiles.@Nullable Pair serving, TlsFiles.@Nullable Pair calling, boolean demands) {
    var rules =
        new TlsRules(true, demands ? TlsRules.Clients.VERIFIED : null, List.of(), List.of());
    return TlsStore.open(new TlsFiles(serving, calling, folder.resolve("ca.pem"), null), rules);
  }

  // ------------------------------------------------------------------- server

  private Front start(Listener.Tls tls) {
    var listener = new Listener(new Listener.Tcp("127.0.0.1", -1), Listener.Role.CLIENT, tls);
    var config =
        new FrontConfig(
            List.of(listener),
            FrontFixture.LIMITS,
            new HttpRules(Set.of("*"), Set.of(), true, true),
            new FrontConfig.PingRules(5_000, 0, 0),
            1000,
            true,
            FrontFixture.FIRST_REQUEST_MILLIS,
            500);
    var users =
        new Authority(
            new Authority.Settings(new TokenSettings.Simple(Duration.ofSeconds(300)), 4, 1),
            cluster.doors(),
            Clock.system(),
            new CurrentLoop());
    authority = users;
    var state = new ServingState();
    var settings =
        new ApiServices.Settings(FrontFixture.LIMITS, new LeaseLimits(2), () -> 41, users);
    var registry =
        ApiServices.registry(
            cluster.doors(),
            (_, _) -> {
              throw new IllegalStateException("nobody watches");
            },
            settings,
            state);
    var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    var parts =
        new FrontParts(
            config,
            cluster.doors(),
            registry,
            (call, _) -> {
              names.add(String.valueOf(call.commonName()));
              return Future.succeededFuture();
            },
            new RpcMetrics(meters, registry, false),
            meters,
            new HealthMetrics(meters),
            state,
            Clock.system());
    return FrontFixture.await(Front.start(vertx, parts, 2));
  }

  // ------------------------------------------------------------------- client

  private void range(Front front, TlsStore client) {
    var options = new HttpClientOptions();
    SocketTls.call(client, options);
    GrpcClient grpc = GrpcClient.builder(vertx).with(options).build();
    var address = SocketAddress.inetSocketAddress(front.ports().getFirst(), "127.0.0.1");
    FrontFixture.await(
        grpc.request(address, KVGrpcClient.Range)
            .compose(call -> call.end(RANGE).compose(_ -> call.response()))
            .compose(answer -> answer.last())
            .eventually(grpc::close));
  }

  private int gateway(Front front, TlsStore client, HttpVersion version) {
    var options = new HttpClientOptions().setProtocolVersion(version);
    SocketTls.call(client, options);
    var http = vertx.createHttpClient(options);
    return FrontFixture.await(
        http.request(HttpMethod.POST, front.ports().getFirst(), "127.0.0.1", "/v3/kv/range")
            .compose(request -> request.send("{\"key\":\"YQ==\"}"))
            .map(answer -> answer.statusCode())
            .eventually(http::close));
  }

  // ------------------------------------------------------------------- tests

  @Test
  void theNameInAVerifiedCertificateIsThatOfItsGrpcCallsOnly() throws Exception {
    Made signer = authorityOf("ca");
    Files.writeString(folder.resolve("ca.pem"), signer.certificateText());
    Front front = start(new Listener.Tls(store(put("node", "node", signer), null, true), true));
    TlsStore alice = store(null, put("alice", "alice", signer), false);
    range(front, alice);
    assertThat(names.take()).isEqualTo("alice");
    range(front, store(null, put("nameless", null, signer), false));
    assertThat(names.take()).isEqualTo("null");
    for (HttpVersion version : List.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)) {
      assertThat(gateway(front, alice, version)).isEqualTo(200);
      assertThat(names.take()).as("the gateway, %s", version).isEqualTo("null");
    }
  }

  @Test
  void namesStandForNobodyWhereTheSettingsDoNotSaySo() throws Exception {
    Made signer = authorityOf("ca");
    Files.writeString(folder.resolve("ca.pem"), signer.certificateText());
    Front front = start(new Listener.Tls(store(put("node", "node", signer), null, true), false));
    range(front, store(null, put("alice", "alice", signer), false));
    assertThat(names.take()).isEqualTo("null");
  }

  @Test
  void renewedCertificatesAreShownOnAllLoops() throws Exception {
    Made old = authorityOf("old");
    Files.writeString(folder.resolve("ca.pem"), old.certificateText());
    TlsStore serving = store(put("node", "node", old), null, false);
    Front front = start(new Listener.Tls(serving, false));
    TlsStore knowsOld = store(null, null, false);
    range(front, knowsOld);
    Made next = authorityOf("next");
    put("node", "node", next);
    Files.writeString(folder.resolve("ca.pem"), next.certificateText());
    TlsStore knowsNext = store(null, null, false);
    assertThatThrownBy(() -> range(front, knowsNext)).isInstanceOf(AssertionError.class);
    assertThat(serving.refresh()).isInstanceOf(TlsStore.Refreshed.Renewed.class);
    awaitRange(front, knowsNext);
    for (int i = 0; i < 4; i++) {
      range(front, knowsNext);
      assertThatThrownBy(() -> range(front, knowsOld)).isInstanceOf(AssertionError.class);
    }
    FrontFixture.await(front.stop());
  }

  /// Listeners take renewed certificates up in a turn of their own.
  private void awaitRange(Front front, TlsStore client) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      try {
        range(front, client);
        return;
      } catch (AssertionError notYet) {
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
    }
  }
}
