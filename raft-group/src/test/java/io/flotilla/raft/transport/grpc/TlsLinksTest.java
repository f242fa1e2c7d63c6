package io.flotilla.raft.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.raft.transport.PeerLinks.Lane;
import io.flotilla.raft.transport.grpc.PeerTls.Clients;
import io.flotilla.raft.transport.grpc.PeerTls.PemFiles;
import io.flotilla.raft.transport.grpc.PeerTls.Trust;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

  private static String file(String name) {
    try {
      return Path.of(TlsLinksTest.class.getResource(name).toURI()).toString();
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static PemFiles pem(String name) {
    return new PemFiles(file(name + ".pem"), file(name + "-key.pem"));
  }

  private static PeerTls tls(String server, @Nullable String client, @Nullable Clients clients) {
    var trust = new Trust(file("authority.pem"), null, true, clients);
    PemFiles shown = client == null ? null : pem(client);
    return new PeerTls(pem(server), shown, trust, Set.of("TLSv1.2", "TLSv1.3"), Set.of());
  }

  private LinkNode start(int id, PeerTls tls) {
    return LinkNode.start(vertx, LinkNode.settings(id, LinkNode.TIMING, tls));
  }

  /// What happens to a call of a node with `caller` to one with `called`.
  private Future<?> call(PeerTls called, PeerTls caller) {
    LinkNode node = start(1, called);
    return GrpcLinks.describe(vertx, AS_IS, node.url(), caller, 5_000);
  }

  private void checkRefused(PeerTls called, PeerTls caller) {
    assertThatThrownBy(() -> LinkNode.await(call(called, caller)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("the future did not succeed");
  }

  // ------------------------------------------------------------------- accepted

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
    var blind = new Trust(null, null, false, null);
    var caller = new PeerTls(pem("node"), null, blind, Set.of(), Set.of());
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
          new Clients(Set.of(), Set.of("other.test", "wild.test", "a.b.wild.test", "127.0.0.1")));

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
