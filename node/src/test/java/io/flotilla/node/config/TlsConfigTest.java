package io.flotilla.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which settings about certificates go together; the texts are those of etcd 3.5.30.
class TlsConfigTest {
  private static NodeConfig read(String... settings) {
    Map<String, String> flags = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      flags.put(settings[i], settings[i + 1]);
    }
    return NodeConfigReader.read(SettingTexts.merge(flags, Map.of()));
  }

  /// Listening for clients on one URL.
  private static NodeConfig listening(String url, String... settings) {
    String[] all = new String[settings.length + 4];
    System.arraycopy(settings, 0, all, 4, settings.length);
    all[0] = "listen-client-urls";
    all[1] = url;
    all[2] = "advertise-client-urls";
    all[3] = "https://node.example.test:2379";
    return read(all);
  }

  private static void assertRefused(String problem, String... settings) {
    assertThatThrownBy(() -> read(settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(problem);
  }

  private static NodeConfig.Tls clients(NodeConfig config) {
    NodeConfig.Tls tls = config.listen().tls();
    assertThat(tls).isNotNull();
    return tls;
  }

  // ------------------------------------------------------------------- clients

  @Test
  void httpsForClientsNeedsACertificateAndItsKey() {
    assertThatThrownBy(() -> listening("https://127.0.0.1:1"))
        .hasMessage(
            "TLS key/cert (--cert-file, --key-file) must be provided for client url"
                + " https://127.0.0.1:1 with HTTPS scheme");
    assertRefused("KeyFile and CertFile must both be present", "cert-file", "c");
    assertRefused("KeyFile and CertFile must both be present", "key-file", "k");
    assertRefused(
        "client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url",
        "listen-metrics-urls",
        "https://127.0.0.1:1");
  }

  @Test
  void openAndHiddenUrlsGoTogetherWithAWarning() {
    NodeConfig config =
        listening("https://127.0.0.1:1,http://127.0.0.1:2", "cert-file", "c", "key-file", "k");
    NodeConfig.Tls tls = clients(config);
    assertThat(tls.serving()).isEqualTo(new NodeConfig.KeyPair(Path.of("c"), Path.of("k")));
    assertThat(tls.callers().authenticated()).isFalse();
    assertThat(config.listen().namesUsers()).isFalse();
    assertThat(config.warnings())
        .containsExactly(
            "--listen-client-urls=http://127.0.0.1:2: scheme is http while key and cert files are"
                + " present; ignoring key and cert files");
    assertThat(listening("http://127.0.0.1:2", "client-cert-auth", "true").warnings())
        .singleElement()
        .asString()
        .endsWith("ignoring client cert auth for this URL");
  }

  /// An authority alone demands certificates, and only the flag makes users of their names.
  @Test
  void certificatesAreDemandedByAnAuthorityOrTheFlag() {
    String[] pair = {"cert-file", "c", "key-file", "k"};
    NodeConfig byAuthority =
        listening("https://[::1]:1", pair[0], "c", pair[2], "k", "trusted-ca-file", "ca");
    assertThat(clients(byAuthority).callers().authenticated()).isTrue();
    assertThat(clients(byAuthority).trustedCa()).isEqualTo(Path.of("ca"));
    assertThat(byAuthority.listen().namesUsers()).isFalse();
    NodeConfig byFlag =
        listening(
            "https://[::1]:1",
            pair[0],
            "c",
            pair[2],
            "k",
            "client-cert-auth",
            "true",
            "client-crl-file",
            "crl",
            "client-cert-allowed-hostname",
            "a,b");
    assertThat(clients(byFlag).callers().authenticated()).isTrue();
    assertThat(clients(byFlag).callers().hostnames()).containsExactly("a", "b");
    assertThat(clients(byFlag).revoked()).isEqualTo(Path.of("crl"));
    assertThat(byFlag.listen().namesUsers()).isTrue();
  }

  // ------------------------------------------------------------------- self-signed

  @Test
  void certificatesThatTheNodeMakesLieInItsDataDirectory() {
    NodeConfig config =
        listening(
            "https://127.0.0.1:1,https://[::1]:1",
            "auto-tls",
            "true",
            "peer-auto-tls",
            "true",
            "listen-peer-urls",
            "https://127.0.0.1:3",
            "self-signed-cert-validity",
            "7",
            "data-dir",
            "/d");
    Path folder = Path.of("/d/fixtures/client");
    NodeConfig.Tls tls = clients(config);
    assertThat(tls.selfSigning())
        .isEqualTo(new NodeConfig.SelfSigning(folder, List.of("127.0.0.1", "::1"), 7));
    assertThat(tls.serving().certificate()).isEqualTo(folder.resolve("cert.pem"));
    assertThat(tls.callers().authenticated()).isFalse();
    NodeConfig.Tls members = config.peers().tls();
    assertThat(members).isNotNull();
    assertThat(members.selfSigning().folder()).isEqualTo(Path.of("/d/fixtures/peer"));
    assertThat(members.calling()).isEqualTo(members.serving());
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void whatAMadeCertificateCannotDoIsAWarning() {
    assertRefused(
        "selfSignedCertValidity is invalid,it should be greater than 0",
        "auto-tls",
        "true",
        "self-signed-cert-validity",
        "0");
    NodeConfig given =
        listening("https://[::1]:1", "auto-tls", "true", "cert-file", "c", "key-file", "k");
    assertThat(clients(given).selfSigning()).isNull();
    assertThat(given.warnings())
        .containsExactly("--auto-tls has no effect: a certificate and a key are given");
    NodeConfig asked =
        listening(
            "https://[::1]:1",
            "auto-tls",
            "true",
            "client-cert-auth",
            "true",
            "trusted-ca-file",
            "ca");
    assertThat(clients(asked).callers().authenticated()).isFalse();
    assertThat(asked.warnings())
        .hasSize(2)
        .allSatisfy(warning -> assertThat(warning).contains("has no effect with --auto-tls"));
  }

  // ------------------------------------------------------------------- versions

  @Test
  void theOldestVersionIsNotNewerThanTheNewest() {
    assertRefused(
        "min version (TLS1.3) is greater than max version (TLS1.2)",
        "tls-min-version",
        "TLS1.3",
        "tls-max-version",
        "TLS1.2");
    assertRefused(
        "unexpected TLS version \"TLS1.1\" (must be one of: TLS1.2, TLS1.3)",
        "tls-min-version",
        "TLS1.1");
  }

  @Test
  void cipherSuitesAreKnownAndOfTls12() {
    assertRefused("unexpected TLS cipher suite \"FOO\"", "cipher-suites", "FOO");
    assertRefused(
        "cipher suites cannot be configured when only TLS1.3 is enabled",
        "tls-min-version",
        "TLS1.3",
        "cipher-suites",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    NodeConfig config =
        listening(
            "https://[::1]:1",
            "cert-file",
            "c",
            "key-file",
            "k",
            "tls-max-version",
            "TLS1.2",
            "cipher-suites",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305");
    assertThat(clients(config).protocols()).containsExactly("TLSv1.2");
    assertThat(clients(config).cipherSuites())
        .containsExactly(
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
  }

  // ------------------------------------------------------------------- the file

  @Test
  void theFileHasABlockForClients(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("etcd.yaml");
    Files.writeString(
        file,
        """
        listen-client-urls: https://127.0.0.1:1
        advertise-client-urls: https://127.0.0.1:1
        client-transport-security:
          cert-file: c
          key-file: k
          trusted-ca-file: ca
          client-cert-auth: true
          allowed-hostname: h
        """);
    NodeConfig config = read("config-file", file.toString());
    assertThat(clients(config).trustedCa()).isEqualTo(Path.of("ca"));
    assertThat(clients(config).callers().hostnames()).containsExactly("h");
    assertThat(config.listen().namesUsers()).isTrue();
  }
}
