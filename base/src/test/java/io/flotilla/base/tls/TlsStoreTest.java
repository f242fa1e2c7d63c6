package io.flotilla.base.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.tls.TlsRules.Clients;
import io.flotilla.base.tls.TlsStore.Refreshed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsStoreTest {
  @TempDir private Path temp;
  private Folder folder;

  @BeforeEach
  void makeServer() {
    folder = new Folder(temp);
    folder.put("server", folder.leaf("server", "localhost", "127.0.0.1"));
  }

  private static TlsRules rules(@Nullable Clients clients) {
    return new TlsRules(true, clients, List.of(), List.of());
  }

  private TlsStore server(@Nullable Clients clients, @Nullable String revoked) {
    Path list = revoked == null ? null : folder.file(revoked);
    var files = new TlsFiles(folder.pair("server"), null, folder.file("ca.pem"), list);
    return TlsStore.open(files, rules(clients));
  }

  private TlsStore caller(@Nullable String name) {
    TlsFiles.Pair shown = name == null ? null : folder.pair(name);
    return TlsStore.open(new TlsFiles(null, shown, folder.file("ca.pem"), null), rules(null));
  }

  private void checkRefused(TlsStore server, TlsStore caller, String host) {
    assertThatThrownBy(() -> Handshakes.shake(server, caller, host))
        .isInstanceOf(SSLException.class);
  }

  // ------------------------------------------------------------------- who is let in

  @Test
  void bothSidesAreLetInByTheirAuthority() throws Exception {
    folder.put("alice", folder.leaf("alice"));
    var shown = Handshakes.shake(server(Clients.VERIFIED, null), caller("alice"), "localhost");
    assertThat(CertificateNames.commonName(shown)).isEqualTo("server");
    Handshakes.shake(server(null, null), caller(null), "127.0.0.1");
  }

  @Test
  void otherAuthoritiesOtherHostsAndNobodyAreRefused() {
    folder.put("stranger", Folder.leaf(Folder.authority("other"), "stranger"));
    TlsStore server = server(Clients.VERIFIED, null);
    checkRefused(server, caller("stranger"), "localhost");
    checkRefused(server, caller(null), "localhost");
    checkRefused(server(null, null), caller(null), "elsewhere.test");
    folder.put("server", Folder.leaf(Folder.authority("other"), "server", "localhost"));
    checkRefused(server(null, null), caller(null), "localhost");
  }

  @Test
  void onlyNamesThatMayCallAreLetIn() throws Exception {
    folder.put("alice", folder.leaf("alice", "a.example.test", "*.wild.test", "10.0.0.7"));
    for (String host : List.of("a.example.test", "A.Example.Test", "b.wild.test", "10.0.0.7")) {
      var clients = new Clients(Set.of(), Set.of(host));
      Handshakes.shake(server(clients, null), caller("alice"), "localhost");
    }
    Handshakes.shake(
        server(new Clients(Set.of("bob", "alice"), Set.of()), null), caller("alice"), "localhost");
    for (String host : List.of("example.test", "a.b.wild.test", "wild.test", "10.0.0.8")) {
      checkRefused(server(new Clients(Set.of(), Set.of(host)), null), caller("alice"), "localhost");
    }
    checkRefused(server(new Clients(Set.of("bob"), Set.of()), null), caller("alice"), "localhost");
  }

  @Test
  void revokedCertificatesAreRefusedAndOthersAreNot() throws Exception {
    CertificateMaker.Made alice = folder.leaf("alice");
    folder.put("alice", alice);
    folder.put("bob", folder.leaf("bob"));
    folder.revoke("crl.pem", alice);
    TlsStore server = server(Clients.VERIFIED, "crl.pem");
    checkRefused(server, caller("alice"), "localhost");
    Handshakes.shake(server, caller("bob"), "localhost");
  }

  @Test
  void expiredCertificatesAreRefused() {
    var past =
        new CertificateMaker.Validity(
            Folder.NOW.minus(Duration.ofDays(2)), Folder.NOW.minus(Duration.ofDays(1)));
    var subject = new CertificateMaker.Subject("test", "old", List.of(), false);
    folder.put("old", CertificateMaker.signed(subject, past, folder.authority));
    checkRefused(server(Clients.VERIFIED, null), caller("old"), "localhost");
  }

  /// As with a certificate that a node makes for itself.
  @Test
  void whoDoesNotVerifyIsContentWithAnybody() throws Exception {
    folder.put("server", Folder.leaf(Folder.authority("other"), "server", "elsewhere.test"));
    var blind = new TlsRules(false, null, List.of(), List.of());
    TlsStore caller = TlsStore.open(new TlsFiles(null, null, null, null), blind);
    Handshakes.shake(server(null, null), caller, "localhost");
  }

  // ------------------------------------------------------------------- forms of files

  @Test
  void keysInOlderFormsAreRead() throws Exception {
    CertificateMaker.Made made = folder.leaf("server", "localhost");
    byte[] pkcs8 = made.key().getEncoded();
    folder.put("server", made);
    byte[] sec1 = lastOctets(pkcs8);
    folder.write("server-key.pem", Pem.text("EC PRIVATE KEY", sec1));
    Handshakes.shake(server(null, null), caller(null), "localhost");
  }

  /// The octet string that ends a PKCS #8 key.
  private static byte[] lastOctets(byte[] pkcs8) {
    for (int at = 0; at < pkcs8.length; at++) {
      boolean octets = pkcs8[at] == Der.OCTET_STRING && pkcs8[at + 1] == pkcs8.length - at - 2;
      if (octets) {
        return Arrays.copyOfRange(pkcs8, at + 2, pkcs8.length);
      }
    }
    throw new AssertionError(Base64.getEncoder().encodeToString(pkcs8));
  }

  @Test
  void unusableFilesAreNamedWithWhatIsWrong() throws Exception {
    checkFault("server.pem", "nothing", "holds no certificate in PEM");
    checkFault("server-key.pem", "nothing", "it holds no private key");
    checkFault("ca.pem", "nothing", "holds no certificate in PEM");
    checkFault(
        "server-key.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "it is encrypted");
    checkFault(
        "server-key.pem",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
            + "-----END RSA PRIVATE KEY-----\n",
        "it is encrypted");
    checkFault("server-key.pem", folder.leaf("x").keyText(), "not the key of the certificate");
    Files.delete(folder.file("ca.pem"));
    assertThatThrownBy(() -> server(null, null))
        .isInstanceOf(TlsException.class)
        .hasMessageContaining("NoSuchFileException")
        .hasMessageContaining("ca.pem");
    folder.write("ca.pem", folder.authority.certificateText());
    folder.write("crl.pem", "nothing");
    assertThatThrownBy(() -> server(null, "crl.pem"))
        .isInstanceOf(TlsException.class)
        .hasMessageContaining("crl.pem");
  }

  private void checkFault(String file, String text, String fault) throws IOException {
    String before = Files.readString(folder.file(file));
    folder.write(file, text);
    assertThatThrownBy(() -> server(null, null))
        .isInstanceOf(TlsException.class)
        .hasMessageContaining(file)
        .hasMessageContaining(fault);
    folder.write(file, before);
  }

  // ------------------------------------------------------------------- renewal

  @Test
  void renewedCertificatesAreTakenUpAndToldOnce() throws Exception {
    TlsStore server = server(null, null);
    List<String> told = new ArrayList<>();
    Runnable stop = server.onRenewed(() -> told.add("renewed"));
    assertThat(server.refresh()).isEqualTo(new Refreshed.Unchanged());
    folder.put("server", folder.leaf("renewed", "localhost"));
    assertThat(server.refresh()).isEqualTo(new Refreshed.Renewed());
    assertThat(server.refresh()).isEqualTo(new Refreshed.Unchanged());
    assertThat(told).containsExactly("renewed");
    var shown = Handshakes.shake(server, caller(null), "localhost");
    assertThat(CertificateNames.commonName(shown)).isEqualTo("renewed");
    stop.run();
    folder.put("server", folder.leaf("again", "localhost"));
    assertThat(server.refresh()).isEqualTo(new Refreshed.Renewed());
    assertThat(told).hasSize(1);
  }

  /// A certificate is in its place and its key is not yet, or a file is there by half.
  @Test
  void whatDoesNotFitTogetherChangesNothing() throws Exception {
    TlsStore server = server(null, null);
    TlsMaterial before = server.current();
    CertificateMaker.Made renewed = folder.leaf("renewed", "localhost");
    folder.write("server.pem", renewed.certificateText());
    assertThat(server.refresh())
        .isInstanceOfSatisfying(
            Refreshed.Faulty.class,
            faulty -> assertThat(faulty.reason()).contains("not the key of the certificate"));
    assertThat(server.current()).isSameAs(before);
    String half = renewed.keyText().substring(0, 60);
    folder.write("server-key.pem", half);
    assertThat(server.refresh()).isInstanceOf(Refreshed.Faulty.class);
    assertThat(server.refresh()).isInstanceOf(Refreshed.Faulty.class);
    Files.delete(folder.file("server-key.pem"));
    assertThat(server.refresh())
        .isInstanceOfSatisfying(
            Refreshed.Faulty.class,
            faulty -> assertThat(faulty.reason()).contains("server-key.pem"));
    assertThat(server.current()).isSameAs(before);
    folder.write("server-key.pem", renewed.keyText());
    assertThat(server.refresh()).isEqualTo(new Refreshed.Renewed());
  }

  @Test
  void newlyRevokedCertificatesAndNewAuthoritiesCountFromTheNextLookOn() throws Exception {
    CertificateMaker.Made alice = folder.leaf("alice");
    folder.put("alice", alice);
    folder.revoke("crl.pem");
    TlsStore server = server(Clients.VERIFIED, "crl.pem");
    Handshakes.shake(server, caller("alice"), "localhost");
    folder.revoke("crl.pem", alice);
    assertThat(server.refresh()).isEqualTo(new Refreshed.Renewed());
    checkRefused(server, caller("alice"), "localhost");
    CertificateMaker.Made other = Folder.authority("other");
    folder.put("bob", Folder.leaf(other, "bob"));
    checkRefused(server, caller("bob"), "localhost");
    folder.write("ca.pem", folder.authority.certificateText() + other.certificateText());
    assertThat(server.refresh()).isEqualTo(new Refreshed.Renewed());
    Handshakes.shake(server, caller("bob"), "localhost");
  }

  /// Its time and size are those of before; that it is another file tells.
  @Test
  void fileThatReplacesAnotherIsNoticedByItsIdentity() throws Exception {
    folder.put("alice", folder.leaf("alice"));
    folder.revoke("crl.pem");
    TlsStore server = server(Clients.VERIFIED, "crl.pem");
    var old = FileTime.from(Folder.NOW.minus(Duration.ofHours(1)));
    for (String name : List.of("server.pem", "server-key.pem", "ca.pem", "crl.pem")) {
      Files.setLastModifiedTime(folder.file(name), old);
    }
    assertThat(server.refresh()).isEqualTo(new Refreshed.Unchanged());
    CertificateMaker.Made renewed = folder.leaf("server", "localhost", "127.0.0.1");
    folder.put("fresh", renewed);
    for (String part : List.of(".pem", "-key.pem")) {
      Files.setLastModifiedTime(folder.file("fresh" + part), old);
      Files.move(
          folder.file("fresh" + part),
          folder.file("server" + part),
          StandardCopyOption.REPLACE_EXISTING);
    }
    assertThat(server.refresh()).isEqualTo(new Refreshed.Renewed());
  }

  // ------------------------------------------------------------------- figures

  @Test
  void endsAreThoseOfTheFirstCertificateToEnd() {
    var soon =
        new CertificateMaker.Validity(Folder.NOW.minusSeconds(9), Folder.NOW.plusSeconds(999));
    var subject = new CertificateMaker.Subject("test", "middle", List.of(), true);
    CertificateMaker.Made middle = CertificateMaker.signed(subject, soon, folder.authority);
    CertificateMaker.Made leaf = Folder.leaf(middle, "server", "localhost");
    folder.put("server", leaf);
    folder.write("server.pem", leaf.certificateText() + middle.certificateText());
    TlsMaterial.Ends ends = server(null, null).current().ends();
    assertThat(ends.serving()).isEqualTo(middle.certificate().getNotAfter().toInstant());
    assertThat(ends.calling()).isNull();
    assertThat(ends.authorities())
        .isEqualTo(folder.authority.certificate().getNotAfter().toInstant());
  }

  // ------------------------------------------------------------------- self-signed

  @Test
  void selfSignedCertificateIsKeptUntilItEnds() throws Exception {
    Path own = temp.resolve("fixtures/client");
    List<String> hosts = List.of("127.0.0.1", "localhost");
    assertThat(SelfSigned.provide(own, hosts, 1, Folder.NOW)).isTrue();
    assertThat(SelfSigned.provide(own, hosts, 1, Folder.NOW.plus(Duration.ofDays(300)))).isFalse();
    TlsFiles.Pair pair = SelfSigned.in(own);
    var rules = rules(null);
    TlsStore server = TlsStore.open(new TlsFiles(pair, null, null, null), rules);
    TlsStore caller = TlsStore.open(new TlsFiles(null, null, pair.certificate(), null), rules);
    Handshakes.shake(server, caller, "127.0.0.1");
    assertThat(Files.getPosixFilePermissions(pair.key())).hasSize(2);
    assertThat(SelfSigned.provide(own, hosts, 1, Folder.NOW.plus(Duration.ofDays(366)))).isTrue();
    Files.writeString(pair.key(), "half");
    assertThat(SelfSigned.provide(own, hosts, 1, Folder.NOW)).isTrue();
    Handshakes.shake(
        TlsStore.open(new TlsFiles(pair, null, null, null), rules),
        TlsStore.open(new TlsFiles(null, null, pair.certificate(), null), rules),
        "localhost");
  }

  @Test
  void cipherSuitesOfTls13AreOnWithIt() {
    var both = new TlsRules(true, null, List.of("TLSv1.2", "TLSv1.3"), List.of("X"));
    assertThat(TlsNames.enabled(both)).contains("X", "TLS_AES_128_GCM_SHA256");
    var old = new TlsRules(true, null, List.of("TLSv1.2"), List.of("X"));
    assertThat(TlsNames.enabled(old)).containsExactly("X");
    assertThat(TlsNames.suites()).contains(TlsNames.suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"));
  }
}
