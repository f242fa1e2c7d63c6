package io.flotilla.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Key;
import io.flotilla.placement.plan.PlannerMode;
import io.flotilla.placement.plan.PlannerSettings;
import io.flotilla.placement.plan.PrefixRules;
import io.flotilla.placement.plan.ReplicaRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeConfigTest {
  @TempDir Path directory;

  @Test
  void nothingGivenIsEtcdsDefaults() {
    NodeConfig config = read(Map.of(), Map.of());
    assertThat(config.name()).isEqualTo("default");
    assertThat(config.dataDir()).isEqualTo(Path.of("default.etcd"));
    assertThat(config.listen().clientUrls()).hasToString("[http://localhost:2379]");
    assertThat(config.limits().maxTxnOps()).isEqualTo(128);
    assertThat(config.limits().maxRequestBytes()).isEqualTo(1572864);
    assertThat(config.timing().requestTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(config.storage().quotaBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(config.storage().compaction()).isEqualTo(new NodeConfig.Compaction.Off());
  }

  @Test
  void aVariableCountsWhereNoFlagIsGiven() {
    NodeConfig config = read(Map.of("max-txn-ops", "7"), Map.of("ETCD_NAME", "a"));
    assertThat(config.name()).isEqualTo("a");
    assertThat(config.limits().maxTxnOps()).isEqualTo(7);
  }

  /// Contract 3.1: both set for the same option is fatal.
  @Test
  void flagAndVariableForTheSameSettingAreRefused() {
    assertThatThrownBy(() -> read(Map.of("name", "a"), Map.of("ETCD_NAME", "a")))
        .isInstanceOf(ConfigException.class)
        .hasMessage("--name and ETCD_NAME are both set; keep one of the two");
  }

  @Test
  void anUnknownVariableIsAWarning() {
    NodeConfig config = read(Map.of(), Map.of("ETCD_NOPE", "1", "OTHER", "2"));
    assertThat(config.warnings())
        .containsExactly("the environment variable ETCD_NOPE is not a setting; ignored");
  }

  @Test
  void everyProblemIsReportedAtOnce() {
    var flags = Map.of("election-timeout", "200", "max-txn-ops", "x", "log-level", "loud");
    assertThatThrownBy(() -> read(flags, Map.of()))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems()).hasSize(3))
        .hasMessageContaining("--election-timeout=200 must be at least five times")
        .hasMessageContaining("--max-txn-ops must be a whole number, not \"x\"")
        .hasMessageContaining("--log-level must be debug, info, warn or error");
  }

  @Test
  void aSettingThatWouldNotBeHonouredIsRefused() {
    assertThatThrownBy(() -> read(Map.of("wal-dir", "w"), Map.of()))
        .hasMessage("--wal-dir is not supported; remove it");
  }

  @Test
  void aSettingWithoutMeaningHereIsAWarning() {
    assertThat(read(Map.of("snapshot-count", "5"), Map.of()).warnings())
        .containsExactly("--snapshot-count has no effect here; ignored");
  }

  /// Contract 3.1: listen-client-urls without advertise-client-urls is an error.
  @Test
  void listeningElsewhereNeedsAdvertising() {
    assertThatThrownBy(() -> read(Map.of("listen-client-urls", "http://127.0.0.1:9"), Map.of()))
        .hasMessageContaining("--advertise-client-urls is required");
  }

  @Test
  void aListenUrlMustBeAnAddress() {
    var flags =
        Map.of(
            "listen-client-urls", "http://example.com:2379",
            "advertise-client-urls", "http://example.com:2379");
    assertThatThrownBy(() -> read(flags, Map.of()))
        .hasMessageContaining("must use an IP address or localhost");
  }

  @Test
  void theFileReplacesFlagsAndVariables() throws IOException {
    Path file = directory.resolve("etcd.yml");
    Files.writeString(
        file,
        """
        name: from-file
        watch-progress-notify-interval: 250000000
        auto-compaction-retention: "2"
        """);
    NodeConfig config =
        read(Map.of("config-file", file.toString(), "name", "flag"), Map.of("ETCD_CORS", "x"));
    assertThat(config.name()).isEqualTo("from-file");
    assertThat(config.limits().watchProgressInterval()).isEqualTo(Duration.ofMillis(250));
    assertThat(config.storage().compaction())
        .isEqualTo(new NodeConfig.Compaction.Periodic(Duration.ofHours(2)));
    assertThat(config.warnings()).hasSize(1).first().asString().contains("replaces");
  }

  @Test
  void anUnknownNameInTheFileIsRefused() throws IOException {
    Path file = directory.resolve("etcd.yml");
    Files.writeString(file, "nmae: a\n");
    assertThatThrownBy(() -> read(Map.of("config-file", file.toString()), Map.of()))
        .hasMessageContaining("unknown setting \"nmae\"");
  }

  @Test
  void thePlannerMovesLeadersOnlyUnlessItIsToldMore() {
    PlannerSettings standard = read(Map.of(), Map.of()).planner();
    assertThat(standard).isEqualTo(PlannerSettings.STANDARD);
    PlannerSettings told =
        read(
                Map.of(
                    "shard-planner", "on",
                    "shard-split-writes", "300",
                    "shard-prefix-depth", "2",
                    "shard-keep-together", "z/,b/",
                    "shard-replicas", "3",
                    "shard-planner-gone-after", "5m",
                    "initial-shards", "m"),
                Map.of())
            .planner();
    assertThat(told.mode()).isEqualTo(PlannerMode.ON);
    assertThat(told.split().maxWritesPerSecond()).isEqualTo(300);
    assertThat(told.prefixes())
        .isEqualTo(new PrefixRules(2, List.of(Key.utf8("z/"), Key.utf8("b/"))));
    assertThat(told.kept()).containsExactly(Key.utf8("m"));
    assertThat(told.replicas()).isEqualTo(ReplicaRules.STANDARD.with(3, 300_000));
    assertThatThrownBy(
            () ->
                read(
                    Map.of(
                        "shard-planner", "maybe",
                        "shard-planner-gone-after", "9s",
                        "shard-split-bytes", "7"),
                    Map.of()))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems()).hasSize(3));
  }

  @Test
  void retentionFollowsTheMode() {
    assertThat(compaction("periodic", "90m"))
        .isEqualTo(new NodeConfig.Compaction.Periodic(Duration.ofMinutes(90)));
    assertThat(compaction("revision", "1000"))
        .isEqualTo(new NodeConfig.Compaction.ByRevision(1000));
    assertThatThrownBy(() -> compaction("revision", "1h"))
        .hasMessageContaining("must be a number of revisions");
    assertThatThrownBy(() -> compaction("hourly", "1"))
        .hasMessageContaining("must be periodic or revision");
  }

  @Test
  void durationsAreWrittenAsGoWritesThem() {
    assertThat(GoDuration.parse("1h30m")).isEqualTo(Duration.ofMinutes(90));
    assertThat(GoDuration.parse("1.5s")).isEqualTo(Duration.ofMillis(1500));
    assertThat(GoDuration.parse("0")).isZero();
    for (String bad : new String[] {"", "5", "s", "1x", "1s1", "1 s"}) {
      assertThatThrownBy(() -> GoDuration.parse(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static NodeConfig.Compaction compaction(String mode, String retention) {
    return read(
            Map.of("auto-compaction-mode", mode, "auto-compaction-retention", retention), Map.of())
        .storage()
        .compaction();
  }

  private static NodeConfig read(Map<String, String> flags, Map<String, String> variables) {
    return NodeConfigReader.read(SettingTexts.merge(flags, variables));
  }
}
