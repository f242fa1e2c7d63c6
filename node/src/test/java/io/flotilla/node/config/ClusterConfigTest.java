package io.flotilla.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterConfigTest {
  @TempDir Path directory;

  @Test
  void nothingGivenIsAClusterOfOne() {
    NodeConfig config = read();
    assertThat(config.cluster().initial().members())
        .containsExactly(Map.entry("default", List.of("http://localhost:2380")));
    assertThat(config.cluster().initial().existing()).isFalse();
    assertThat(config.cluster().strictReconfig()).isTrue();
    assertThat(config.cluster().maxLearners()).isEqualTo(1);
    assertThat(config.peers().tls()).isNull();
    assertThat(config.peers().listenUrls()).hasToString("[http://localhost:2380]");
  }

  @Test
  void membersMayHaveSeveralUrls() {
    NodeConfig config =
        read("initial-cluster", "a=http://x_1:1,b=http://b:1,a=https://[::1]:2", "name", "a");
    assertThat(config.cluster().initial().members())
        .containsExactly(
            Map.entry("a", List.of("http://x_1:1", "https://[::1]:2")),
            Map.entry("b", List.of("http://b:1")));
  }

  /// A node with data starts with any flags about its first start; they are asked only without.
  @Test
  void aClusterWithoutThisMemberIsNoProblemOfTheSettings() {
    assertThat(read("initial-cluster", "b=http://b:1", "name", "a").cluster().initial().members())
        .containsOnlyKeys("b");
  }

  @Test
  void urlsOfMembersHaveSchemeHostAndPort() {
    assertProblem("error setting up initial cluster: URL scheme must be http or https: b:1", "b:1");
    assertProblem(
        "error setting up initial cluster: URL address does not have the form \"host:port\":"
            + " http://b",
        "http://b");
    assertProblem(
        "error setting up initial cluster: URL must not contain a path: http://b:1/x",
        "http://b:1/x");
    assertProblem("--initial-cluster: empty URL given for \"b\"", "");
  }

  private void assertProblem(String problem, String url) {
    assertRefused(problem, "initial-cluster", "b=" + url);
  }

  @Test
  void theStateIsNewOrExisting() {
    assertThat(read("initial-cluster-state", "existing").cluster().initial().existing()).isTrue();
    assertRefused(
        "--initial-cluster-state must be new or existing, not \"old\"",
        "initial-cluster-state",
        "old");
  }

  @Test
  void shardsBeginAtTheKeysThatAreGiven() {
    assertThat(read().cluster().initial().splitKeys()).isEmpty();
    assertThat(read("initial-shards", "g,\\x80").cluster().initial().splitKeys())
        .containsExactly(Key.utf8("g"), Key.of(new byte[] {-128}));
    assertRefused("--initial-shards: \"g\" is named twice", "initial-shards", "g,g");
    Map<String, String> variables = Map.of("ETCD_INITIAL_SHARDS", "k");
    NodeConfig config = NodeConfigReader.read(SettingTexts.merge(Map.of(), variables));
    assertThat(config.cluster().initial().splitKeys()).containsExactly(Key.utf8("k"));
  }

  @Test
  void newGroupsAreOnEveryMemberUnlessANumberIsGiven() {
    assertThat(read().cluster().shardReplicas()).isZero();
    assertThat(read("shard-replicas", "3").cluster().shardReplicas()).isEqualTo(3);
    assertThat(read("shard-replicas", "3").cluster().initial().replicas()).isEqualTo(3);
    assertRefused("--shard-replicas=-1 must be between 0 and 1000", "shard-replicas", "-1");
  }

  @Test
  void aRunningClusterTellsItsShards() {
    assertRefused(
        "--initial-shards is for a new cluster; one that runs (--initial-cluster-state=existing)"
            + " tells its shards",
        "initial-shards",
        "g",
        "initial-cluster-state",
        "existing");
  }

  @Test
  void httpsNeedsACertificate() {
    assertRefused(
        "cannot listen on TLS for 127.0.0.1:1: KeyFile and CertFile are not presented"
            + " (--peer-key-file, --peer-cert-file)",
        "listen-peer-urls",
        "https://127.0.0.1:1");
    assertRefused(
        "KeyFile and CertFile must both be present (--peer-key-file=, --peer-cert-file=c)",
        "peer-cert-file",
        "c");
  }

  @Test
  void aCertificateOnAnOpenPortIsAWarning() {
    NodeConfig config = read("peer-cert-file", "c", "peer-key-file", "k");
    assertThat(config.warnings())
        .singleElement()
        .asString()
        .contains("the scheme is HTTP while peer key and cert files are present");
  }

  @Test
  void anAuthorityMakesCertificatesCompulsory() {
    NodeConfig.Tls tls =
        read("peer-cert-file", "c", "peer-key-file", "k", "peer-trusted-ca-file", "ca")
            .peers()
            .tls();
    assertThat(tls).isNotNull();
    assertThat(tls.callers().authenticated()).isTrue();
    assertThat(tls.calling()).isEqualTo(tls.serving());
    assertThat(tls.protocols()).containsExactly("TLSv1.2", "TLSv1.3");
  }

  @Test
  void namesAndHostsOfCertificatesExcludeEachOther() {
    assertRefused(
        "AllowedCNs and AllowedHostnames are mutually exclusive (--peer-cert-allowed-cn=a,b,"
            + " --peer-cert-allowed-hostname=h)",
        "peer-cert-allowed-cn",
        "a,b",
        "peer-cert-allowed-hostname",
        "h");
  }

  @Test
  void featureGatesSwitchTheCorruptionChecks() {
    assertThat(read().cluster().corruption())
        .isEqualTo(new NodeConfig.Corruption(false, Duration.ZERO, Duration.ZERO));
    var on = new NodeConfig.Corruption(true, Duration.ofHours(1), Duration.ofSeconds(9));
    assertThat(
            read(
                    "feature-gates",
                    "InitialCorruptCheck=true,CompactHashCheck=true",
                    "corrupt-check-time",
                    "1h",
                    "compact-hash-check-time",
                    "9s")
                .cluster()
                .corruption())
        .isEqualTo(on);
    assertThat(read("feature-gates", "AllAlpha=true").cluster().corruption().atStart()).isTrue();
    assertRefused("--feature-gates: unrecognized feature gate: Nope", "feature-gates", "Nope=true");
  }

  /// Contract 3.2: removed in 3.7, still passed by start scripts of older releases.
  @Test
  void namesThatWereExperimentalAreKnown() {
    Map<String, String> variables =
        Map.of(
            "ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK", "true",
            "ETCD_EXPERIMENTAL_WATCH_PROGRESS_NOTIFY_INTERVAL", "5s",
            "ETCD_EXPERIMENTAL_MAX_LEARNERS", "3");
    NodeConfig config = NodeConfigReader.read(SettingTexts.merge(Map.of(), variables));
    assertThat(config.cluster().corruption().atStart()).isTrue();
    assertThat(config.limits().watchProgressInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.cluster().maxLearners()).isEqualTo(3);
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void theFileHasABlockForPeers() throws IOException {
    Path file = directory.resolve("etcd.yml");
    Files.writeString(
        file,
        """
        name: a
        listen-peer-urls: https://127.0.0.1:1
        initial-advertise-peer-urls: https://127.0.0.1:1
        initial-cluster: a=https://127.0.0.1:1
        client-transport-security:
          cert-file: ""
          client-cert-auth: false
        peer-transport-security:
          cert-file: c.pem
          key-file: k.pem
          trusted-ca-file: ca.pem
          client-cert-auth: true
          allowed-cn: peers
        """);
    NodeConfig.Tls tls = read("config-file", file.toString()).peers().tls();
    assertThat(tls).isNotNull();
    assertThat(tls.serving().certificate()).hasToString("c.pem");
    assertThat(tls.trustedCa()).hasToString("ca.pem");
    assertThat(tls.callers().commonNames()).containsExactly("peers");
    Files.writeString(file, "peer-transport-security:\n  nope: 1\n");
    assertRefused(
        "the configuration file "
            + file
            + " has an unknown setting \"peer-transport-security.nope\"",
        "config-file",
        file.toString());
  }

  private static NodeConfig read(String... namesAndTexts) {
    Map<String, String> flags = new HashMap<>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      flags.put(namesAndTexts[i], namesAndTexts[i + 1]);
    }
    return NodeConfigReader.read(SettingTexts.merge(flags, Map.of()));
  }

  private static void assertRefused(String problem, String... namesAndTexts) {
    assertThatThrownBy(() -> read(namesAndTexts))
        .isInstanceOfSatisfying(
            ConfigException.class, e -> assertThat(e.problems()).contains(problem));
  }
}
