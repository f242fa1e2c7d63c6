package io.flotilla.node.config;

import static io.flotilla.node.config.Setting.Kind.DURATION;
import static io.flotilla.node.config.Setting.Kind.LIST;
import static io.flotilla.node.config.Setting.Kind.NUMBER;
import static io.flotilla.node.config.Setting.Kind.SWITCH;
import static io.flotilla.node.config.Setting.Kind.TEXT;
import static io.flotilla.node.config.Setting.Kind.URLS;
import static io.flotilla.node.config.Setting.Section.CLUSTER;
import static io.flotilla.node.config.Setting.Section.COMPATIBILITY;
import static io.flotilla.node.config.Setting.Section.HTTP;
import static io.flotilla.node.config.Setting.Section.LIMITS;
import static io.flotilla.node.config.Setting.Section.LOGGING;
import static io.flotilla.node.config.Setting.Section.MEMBER;
import static io.flotilla.node.config.Setting.Section.PEER_TLS;
import static io.flotilla.node.config.Setting.Section.SHARDS;
import static io.flotilla.node.config.Setting.Section.STORAGE;
import static io.flotilla.node.config.Setting.Section.TLS;
import static io.flotilla.node.config.Setting.Section.USERS;

import io.flotilla.node.config.Setting.Kind;
import io.flotilla.node.config.Setting.Section;
import io.flotilla.node.config.Setting.Support;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every setting there is, in the order of `--help`.
public final class Settings {
  private static final SequencedMap<String, Setting> BY_NAME = new LinkedHashMap<>();

  /// Settings that etcd had under this prefix before they were settled.
  private static final String EXPERIMENTAL = "experimental-";

  private static final Set<String> ONCE_EXPERIMENTAL =
      Set.of(
          "corrupt-check-time",
          "compact-hash-check-time",
          "watch-progress-notify-interval",
          "enable-lease-checkpoint",
          "enable-lease-checkpoint-persist",
          "compaction-batch-limit",
          "compaction-sleep-interval",
          "warning-apply-duration",
          "warning-unary-request-duration",
          "bootstrap-defrag-threshold-megabytes",
          "max-learners",
          "memory-mlock",
          "txn-mode-write-with-shared-buffer",
          "downgrade-check-time",
          "snapshot-catchup-entries",
          "stop-grpc-service-on-defrag",
          "peer-skip-client-san-verification",
          "enable-distributed-tracing");

  static {
    full(MEMBER, "name", TEXT, "default", "Human-readable name of this member.");
    full(MEMBER, "data-dir", TEXT, "", "Data directory; NAME.etcd when empty.");
    full(MEMBER, "config-file", TEXT, "", "YAML file; every other flag and variable is ignored.");
    full(MEMBER, "listen-client-urls", URLS, "http://localhost:2379", "Where clients connect.");
    full(
        MEMBER,
        "advertise-client-urls",
        URLS,
        "http://localhost:2379",
        "Client URLs that are told to the rest of the cluster.");
    full(MEMBER, "listen-metrics-urls", URLS, "", "Extra addresses for metrics and health.");
    full(MEMBER, "event-loops", NUMBER, "0", "Event loops; 0 is one per processor.");

    full(
        CLUSTER,
        "initial-advertise-peer-urls",
        URLS,
        "http://localhost:2380",
        "Peer URLs of this member; they feed its id.");
    full(CLUSTER, "listen-peer-urls", URLS, "http://localhost:2380", "Where peers connect.");
    full(
        CLUSTER,
        "initial-cluster",
        LIST,
        "",
        "Members at the first start as NAME=URL,...; this member alone when empty.");
    full(CLUSTER, "initial-cluster-state", TEXT, "new", "new or existing.");
    full(CLUSTER, "initial-cluster-token", TEXT, "etcd-cluster", "Feeds the ids of a new cluster.");
    full(
        CLUSTER,
        "initial-shards",
        LIST,
        "",
        "Keys at which the shards of a new cluster begin; bytes as \\xNN; one shard when empty.");

    full(
        CLUSTER,
        "strict-reconfig-check",
        SWITCH,
        "true",
        "Refuse changes of the members that could lose the quorum.");
    full(CLUSTER, "max-learners", NUMBER, "1", "Members without a vote at a time.");
    full(
        CLUSTER,
        "snapshot-send-rate",
        NUMBER,
        "0",
        "Bytes per second of a snapshot on its way to a member; 0 is no limit.");
    full(
        CLUSTER,
        "corrupt-check-time",
        DURATION,
        "0s",
        "How often the leader compares the members' keys; 0s is never.");
    full(
        CLUSTER,
        "compact-hash-check-time",
        DURATION,
        "1m",
        "How often it compares what compactions left, if CompactHashCheck is on.");
    full(
        CLUSTER,
        "feature-gates",
        LIST,
        "",
        "NAME=true,...; InitialCorruptCheck and CompactHashCheck have an effect.");

    full(
        SHARDS,
        "shard-replicas",
        NUMBER,
        "0",
        "On how many nodes new groups have replicas; 0 is every member, as where there are fewer.");
    full(
        SHARDS,
        "shard-planner",
        TEXT,
        "leaders",
        "off, leaders (moves leaders only), or on (splits, merges and places shards, too).");
    full(
        SHARDS,
        "shard-planner-gone-after",
        DURATION,
        "30m",
        "A node that was not heard of for so long is replaced, if the planner is on.");
    full(
        SHARDS,
        "shard-split-bytes",
        NUMBER,
        "2147483648",
        "Above this size a shard is split, if the planner is on.");
    full(
        SHARDS,
        "shard-split-writes",
        NUMBER,
        "5000",
        "Above so many writes per second a shard is split, if the planner is on.");
    full(
        SHARDS,
        "shard-prefix-depth",
        NUMBER,
        "0",
        "The planner keeps keys with so many parts between slashes in common together; 0 is none.");
    full(
        SHARDS,
        "shard-keep-together",
        LIST,
        "",
        "Prefixes whose keys the planner keeps together; bytes as \\xNN.");

    full(PEER_TLS, "peer-cert-file", TEXT, "", "Certificate shown to other members (PEM).");
    full(PEER_TLS, "peer-key-file", TEXT, "", "Its key (PEM).");
    full(
        PEER_TLS,
        "peer-client-cert-file",
        TEXT,
        "",
        "Certificate to connect with; --peer-cert-file when empty.");
    full(PEER_TLS, "peer-client-key-file", TEXT, "", "Its key.");
    full(
        PEER_TLS,
        "peer-trusted-ca-file",
        TEXT,
        "",
        "Who signs the members' certificates; demands them, too.");
    full(PEER_TLS, "peer-client-cert-auth", SWITCH, "false", "Demand certificates of members.");
    full(PEER_TLS, "peer-cert-allowed-cn", LIST, "", "Names that members' certificates may have.");
    full(PEER_TLS, "peer-cert-allowed-hostname", LIST, "", "Hosts that they may be for.");
    full(PEER_TLS, "peer-crl-file", TEXT, "", "Certificates of members that are revoked.");
    full(PEER_TLS, "peer-auto-tls", SWITCH, "false", "Make a certificate that proves nothing.");

    full(TLS, "cert-file", TEXT, "", "Certificate shown to clients (PEM).");
    full(TLS, "key-file", TEXT, "", "Its key (PEM).");
    full(
        TLS,
        "trusted-ca-file",
        TEXT,
        "",
        "Who signs the clients' certificates; demands them, too.");
    full(
        TLS,
        "client-cert-auth",
        SWITCH,
        "false",
        "Demand certificates of clients; their Common Name stands for a user.");
    full(
        TLS,
        "client-cert-allowed-hostname",
        LIST,
        "",
        "Hosts that clients' certificates may be for.");
    full(TLS, "client-crl-file", TEXT, "", "Certificates of clients that are revoked.");
    full(TLS, "auto-tls", SWITCH, "false", "Make a certificate that proves nothing.");
    full(
        TLS,
        "self-signed-cert-validity",
        NUMBER,
        "1",
        "Years for certificates that this node makes.");
    full(TLS, "tls-min-version", TEXT, "TLS1.2", "TLS1.2 or TLS1.3.");
    full(TLS, "cipher-suites", LIST, "", "By their IANA names; the runtime's when empty.");
    full(TLS, "tls-max-version", TEXT, "", "TLS1.2 or TLS1.3; the newest when empty.");

    full(
        USERS,
        "auth-token",
        TEXT,
        "simple",
        "simple, or jwt,sign-method=RS256,pub-key=FILE,priv-key=FILE,ttl=5m.");
    full(
        USERS, "auth-token-ttl", NUMBER, "300", "Seconds that an unused simple token is good for.");
    full(USERS, "bcrypt-cost", NUMBER, "10", "Cost of hashing passwords, 4 to 31.");

    full(LIMITS, "heartbeat-interval", NUMBER, "100", "Milliseconds between heartbeats.");
    full(LIMITS, "election-timeout", NUMBER, "1000", "Milliseconds until an election.");
    full(LIMITS, "max-txn-ops", NUMBER, "128", "Operations in one list of a transaction.");
    full(LIMITS, "max-request-bytes", NUMBER, "1572864", "Largest write request in bytes.");
    full(LIMITS, "max-concurrent-streams", NUMBER, "4294967295", "Open streams of a connection.");
    full(
        LIMITS,
        "grpc-keepalive-min-time",
        DURATION,
        "5s",
        "Clients that ping more often are sent away; 0s allows all.");
    full(
        LIMITS,
        "grpc-keepalive-interval",
        DURATION,
        "2h",
        "Between the server's pings; 0s is none.");
    full(
        LIMITS,
        "grpc-keepalive-timeout",
        DURATION,
        "20s",
        "How long a client may take to answer a ping; 0s is for ever.");
    full(
        LIMITS,
        "watch-progress-notify-interval",
        DURATION,
        "10m",
        "How often an idle watcher that asked for it hears of progress.");
    full(
        LIMITS,
        "warning-unary-request-duration",
        DURATION,
        "300ms",
        "A request that takes longer is logged.");

    full(
        STORAGE,
        "quota-backend-bytes",
        NUMBER,
        "0",
        "Space quota in bytes; 0 and negative numbers are no quota.");
    full(STORAGE, "auto-compaction-mode", TEXT, "periodic", "periodic or revision.");
    full(
        STORAGE,
        "auto-compaction-retention",
        TEXT,
        "0",
        "How much history to keep: a duration or hours, or revisions; 0 is off.");
    full(STORAGE, "wal-segment-bytes", NUMBER, "67108864", "Size of a write-ahead log segment.");
    full(
        STORAGE,
        "checkpoint-wal-bytes",
        NUMBER,
        "67108864",
        "Write the tree out after so much of the write-ahead log.");
    full(STORAGE, "checkpoint-interval", DURATION, "30s", "Write the tree out at least so often.");

    full(HTTP, "enable-grpc-gateway", SWITCH, "true", "Serve the JSON gateway under /v3.");
    full(HTTP, "cors", LIST, "*", "Origins that browsers may call from.");
    full(HTTP, "host-whitelist", LIST, "*", "Host names accepted over plain HTTP.");
    full(HTTP, "metrics", TEXT, "basic", "basic, or extensive to add handling-time histograms.");

    full(LOGGING, "log-level", TEXT, "info", "debug, info, warn or error.");
    full(LOGGING, "log-format", TEXT, "console", "console or json.");
    full(LOGGING, "log-outputs", LIST, "default", "stdout, stderr or a file; default is stderr.");

    add("logger", TEXT, "zap", Support.IGNORED);
    add("pre-vote", SWITCH, "true", Support.IGNORED);
    ignoredNumbers("snapshot-count", "snapshot-catchup-entries", "max-snapshots", "max-wals");
    ignoredNumbers("backend-batch-limit", "compaction-batch-limit");
    ignoredNumbers("bootstrap-defrag-threshold-megabytes");
    ignoredDurations("backend-batch-interval", "compaction-sleep-interval");
    ignoredDurations("raft-read-timeout", "raft-write-timeout", "downgrade-check-time");
    ignoredDurations("warning-apply-duration");
    add("backend-bbolt-freelist-type", TEXT, "", Support.IGNORED);
    add("v2-deprecation", TEXT, "", Support.IGNORED);
    add("discovery-fallback", TEXT, "", Support.IGNORED);
    add("initial-election-tick-advance", SWITCH, "true", Support.IGNORED);
    add("memory-mlock", SWITCH, "false", Support.IGNORED);
    ignoredSwitches("peer-skip-client-san-verification");
    ignoredSwitches("enable-lease-checkpoint", "enable-lease-checkpoint-persist");
    ignoredSwitches("txn-mode-write-with-shared-buffer", "stop-grpc-service-on-defrag");
    add("experimental-initial-corrupt-check", SWITCH, "false", Support.FULL);
    add("experimental-compact-hash-check-enabled", SWITCH, "false", Support.FULL);

    refused(SWITCH, "force-new-cluster", "unsafe-no-fsync", "enable-pprof");
    refused(SWITCH, "enable-log-rotation", "enable-distributed-tracing");
    refused(SWITCH, "socket-reuse-port", "socket-reuse-address");
    add("client-cert-file", TEXT, "", Support.IGNORED);
    add("client-key-file", TEXT, "", Support.IGNORED);
    refused(TEXT, "wal-dir");
    refused(TEXT, "listen-client-http-urls");
    refused(TEXT, "discovery-srv", "discovery-endpoints", "discovery-token");
  }

  private Settings() {}

  public static List<Setting> all() {
    return new ArrayList<>(BY_NAME.values());
  }

  /// The setting of that name, or of that name in older releases of etcd; or null.
  public static @Nullable Setting find(String name) {
    Setting setting = BY_NAME.get(name);
    if (setting == null && name.startsWith(EXPERIMENTAL)) {
      String settled = name.substring(EXPERIMENTAL.length());
      return ONCE_EXPERIMENTAL.contains(settled) ? BY_NAME.get(settled) : null;
    }
    return setting;
  }

  /// All names of a setting, the present one first.
  public static List<String> namesOf(Setting setting) {
    return ONCE_EXPERIMENTAL.contains(setting.name())
        ? List.of(setting.name(), EXPERIMENTAL + setting.name())
        : List.of(setting.name());
  }

  static Map<String, String> defaults() {
    Map<String, String> texts = new LinkedHashMap<>();
    BY_NAME.forEach((name, setting) -> texts.put(name, setting.defaultText()));
    return texts;
  }

  private static void full(Section section, String name, Kind kind, String text, String help) {
    BY_NAME.put(name, new Setting(name, kind, text, section, help, Support.FULL));
  }

  private static void add(String name, Kind kind, String text, Support support) {
    BY_NAME.put(name, new Setting(name, kind, text, COMPATIBILITY, "", support));
  }

  private static void ignoredNumbers(String... names) {
    for (String name : names) {
      add(name, NUMBER, "0", Support.IGNORED);
    }
  }

  private static void ignoredSwitches(String... names) {
    for (String name : names) {
      add(name, SWITCH, "false", Support.IGNORED);
    }
  }

  private static void ignoredDurations(String... names) {
    for (String name : names) {
      add(name, DURATION, "0s", Support.IGNORED);
    }
  }

  private static void refused(Kind kind, String... names) {
    for (String name : names) {
      add(name, kind, "", Support.REFUSED);
    }
  }
}
