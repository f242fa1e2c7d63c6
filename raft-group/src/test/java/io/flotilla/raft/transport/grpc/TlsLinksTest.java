package io.flotilla.raft.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.tls.TlsFiles;
import io.flotilla.base.tls.TlsFiles.Pair;
import io.flotilla.base.tls.TlsRules;
import io.flotilla.base.tls.TlsRules.Clients;
import io.flotilla.base.tls.TlsStore;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.raft.transport.StreamAnswers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Links with TLS. `node` and `elsewhere` are certificates of `authority`, the first for this
/// machine; `stranger` is one of another authority.
@Timeout(60)
class TlsLinksTest {
  private static final NameLookup AS_IS = host -> Future.succeededFuture(List.of(host));

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    LinkNode.await(vertx.close());
  }

  private static Path file(String name) {
    try {
      return Path.of(TlsLinksTest.class.getResource(name).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static Pair pem(String name) {
    return new Pair(file(name + ".pem"), file(name + "-key.pem"));
  }

  private static TlsStore tls(String server, @Nullable String client, @Nullable Clients clients) {
    Pair shown = client == null ? null : pem(client);
    var files = new TlsFiles(pem(server), shown, file("authority.pem"), null);
    return TlsStore.open(
        files, new TlsRules(true, clients, List.of("TLSv1.2", "TLSv1.3"), List.of()));
  }

  private LinkNode start(int id, TlsStore tls) {
    return LinkNode.start(vertx, LinkNode.settings(id, LinkNode.TIMING, tls));
  }

  /// What happens to a call of a node with `caller` to one with `called`.
  private Future<?> call(TlsStore called, TlsStore caller) {
    LinkNode node = start(1, called);
    return GrpcLinks.describe(vertx, AS_IS, node.url(), caller, 5_000);
  }

  private void checkRefused(TlsStore called, TlsStore caller) {
    assertThatThrownBy(() -> LinkNode.await(call(called, caller)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("the future did not succeed");
  }

  // ------------------------------------------------------------------- accepted

  @Test
  void replicasAreAskedOverTlsToo() {
    LinkNode a = start(1, tls("node", "node", Clients.VERIFIED));
    LinkNode b = start(2, tls("node", "elsewhere", Clients.VERIFIED));
    a.follow(b);
    b.run(
        () -> {
          b.streams()
              .serve(
                  ReplicaStreams.Kind.READ,
                  (_, request, _, sink) -> StreamAnswers.send(request, sink, LinkNode.REPLICAS));
          return true;
        });
    var question = ByteString.copyFromUtf8("hidden");
    long deadline = System.nanoTime() + 10_000_000_000L;
    assertThat(LinkNode.await(a.run(() -> a.streams().read(b.id(), question, deadline))))
        .isEqualTo(question);
  }

  @Test
  void nodesWithCertificatesOfOneAuthorityAreLinked() {
    LinkNode a = start(1, tls("node", "node", Clients.VERIFIED));
    LinkNode b = start(2, tls("node", "elsewhere", Clients.VERIFIED));
    a.follow(b);
    b.follow(a);
    a.awaitUp(b);
    b.awaitUp(a);
    a.send(b, Lane.MESSAGES, "hidden");
    b.await("frame of 1 MESSAGES hidden");
  }

  static final List<Clients> WELCOME =
      List.of(
          new Clients(Set.of("other", "node.peers.test"), Set.of()),
          new Clients(Set.of(), Set.of("127.0.0.1")),
          new Clients(Set.of(), Set.of("NODE.peers.test")),
          new Clients(Set.of("other"), Set.of("any.wild.test")));

  @ParameterizedTest
  @FieldSource("WELCOME")
  void certificateWithAnAllowedNameMayCall(Clients clients) {
    LinkNode.await(call(tls("node", "node", clients), tls("node", "node", null)));
  }

  @Test
  void callerMayStayUnknownWhereNobodyAsks() {
    LinkNode.await(call(tls("node", null, null), tls("node", null, null)));
  }

  /// As with certificates that each node makes for itself.
  @Test
  void serverMayStayUnknownWhereNobodyChecks() {
    var caller =
        TlsStore.open(
            new TlsFiles(pem("node"), null, null, null),
            new TlsRules(false, null, List.of(), List.of()));
    LinkNode.await(call(tls("stranger", null, null), caller));
  }

  // ------------------------------------------------------------------- refused

  @Test
  void serverOfAnotherAuthorityIsNotTrusted() {
    checkRefused(tls("stranger", null, null), tls("node", "node", null));
  }

  @Test
  void serverWithTheNameOfAnotherHostIsNotTrusted() {
    checkRefused(tls("elsewhere", null, null), tls("node", "node", null));
  }

  @Test
  void callerWithoutCertificateIsRefused() {
    checkRefused(tls("node", "node", Clients.VERIFIED), tls("node", null, null));
  }

  @Test
  void callerOfAnotherAuthorityIsRefused() {
    checkRefused(tls("node", "node", Clients.VERIFIED), tls("node", "stranger", null));
  }

  static final List<Clients> UNWELCOME =
      List.of(
          new Clients(Set.of("other"), Set.of()),
          new Clients(Set.of(), Set.of("other.test", "wild.test", "a.b.wild.test", "127.0.0.2")));

  @ParameterizedTest
  @FieldSource("UNWELCOME")
  void certificateWithoutAnAllowedNameMayNotCall(Clients clients) {
    checkRefused(tls("node", "node", clients), tls("node", "node", null));
  }

  @Test
  void plainCallToATlsPortFails() {
    LinkNode node = start(1, tls("node", null, null));
    String plain = "http://127.0.0.1:" + node.port();
    assertThatThrownBy(() -> LinkNode.await(GrpcLinks.describe(vertx, AS_IS, plain, null, 1_000)))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void tlsUrlNeedsCertificates() {
    var settings = LinkNode.settings(1, LinkNode.TIMING, null);
    assertThatThrownBy(() -> LinkNode.start(vertx, settings, "https://127.0.0.1:0"))
        .rootCause()
        .hasMessageContaining("TLS");
  }

  /// A handshake later than the renewal is with the renewed certificates, on both sides.
  @Test
  void renewedCertificatesAreUsedFromTheNextConnectionOn(@TempDir Path folder) throws IOException {
    copy("stranger", folder);
    var files =
        new TlsFiles(
            new Pair(folder.resolve("cert.pem"), folder.resolve("key.pem")),
            new Pair(folder.resolve("cert.pem"), folder.resolve("key.pem")),
            file("authority.pem"),
            null);
    TlsStore renewed = TlsStore.open(files, new TlsRules(true, null, List.of(), List.of()));
    LinkNode node = start(1, renewed);
    TlsStore other = tls("node", "node", Clients.VERIFIED);
    checkCallFails(node, other);
    LinkNode strict = start(2, other);
    checkCallFails(strict, renewed);
    copy("node", folder);
    assertThat(renewed.refresh()).isInstanceOf(TlsStore.Refreshed.Renewed.class);
    LinkNode.await(GrpcLinks.describe(vertx, AS_IS, strict.url(), renewed, 5_000));
    awaitCall(node, other);
  }

  /// A listener takes renewed certificates up on its loop.
  private void awaitCall(LinkNode node, TlsStore caller) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < deadline) {
      Future<?> call = GrpcLinks.describe(vertx, AS_IS, node.url(), caller, 5_000);
      if (LinkNode.await(call.transform((_, failure) -> Future.succeededFuture(failure == null)))) {
        return;
      }
    }
    throw new AssertionError("the renewed certificate is not shown");
  }

  private void checkCallFails(LinkNode node, TlsStore caller) {
    assertThatThrownBy(
            () -> LinkNode.await(GrpcLinks.describe(vertx, AS_IS, node.url(), caller, 2_000)))
        .isInstanceOf(AssertionError.class);
  }

  private static void copy(String name, Path folder) throws IOException {
    var replace = StandardCopyOption.REPLACE_EXISTING;
    Files.copy(file(name + ".pem"), folder.resolve("cert.pem"), replace);
    Files.copy(file(name + "-key.pem"), folder.resolve("key.pem"), replace);
  }

  @Test
  void refusedLinkRecoversWhenTheOtherSideIsPutRight() {
    LinkNode a = start(1, tls("node", "node", Clients.VERIFIED));
    LinkNode wrong = start(2, tls("stranger", "stranger", Clients.VERIFIED));
    String url = wrong.url();
    a.follow(wrong);
    wrong.follow(a);
    wrong.shutDown();
    assertThat(wrong.events).isEmpty();
    var settings = LinkNode.settings(2, LinkNode.TIMING, tls("node", "node", Clients.VERIFIED));
    LinkNode right = LinkNode.start(vertx, settings, url);
    right.follow(a);
    a.awaitUp(right);
    right.awaitUp(a);
  }
}
