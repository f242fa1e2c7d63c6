package io.flotilla.node.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Turns the texts of the settings into a [NodeConfig]; collects every problem before it refuses.
public final class NodeConfigReader {
  private static final int ELECTION_MILLIS_MAX = 50_000;
  private static final int HEARTBEATS_PER_ELECTION = 5;
  private static final Duration PROGRESS_INTERVAL_MIN = Duration.ofMillis(100);
  private static final Set<String> HTTP = Set.of("http", "https");
  private static final long SEGMENT_BYTES_MIN = 1 << 20;

  private final SettingReader in;

  private NodeConfigReader(SettingReader in) {
    this.in = in;
  }

  /// @throws ConfigException with every problem
  public static NodeConfig read(SettingTexts texts) {
    var in = new SettingReader(texts);
    NodeConfig config = new NodeConfigReader(in).config(texts.warnings());
    if (!in.problems().isEmpty()) {
      throw new ConfigException(ConfigException.INVALID, in.problems());
    }
    return config;
  }

  private NodeConfig config(List<String> warnings) {
    String name = in.text("name");
    if (name.isBlank()) {
      in.problem("--name must not be empty");
    }
    String dataDir = in.text("data-dir").isEmpty() ? name + ".etcd" : in.text("data-dir");
    int loops = (int) in.number("event-loops", 0, 1024);
    var certificates = new TlsReader(in, Path.of(dataDir));
    NodeConfig.Peers peers = new PeerReader(in, certificates).read();
    List<String> own = new ArrayList<>(warnings);
    NodeConfig.Cluster cluster = new ClusterReader(in).read(name, peers);
    return new NodeConfig(
        name,
        Path.of(dataDir),
        loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
        listen(certificates, own),
        peers,
        cluster,
        new PlannerReader(in).read(cluster.initial().splitKeys(), cluster.shardReplicas()),
        new AuthReader(in).read(),
        timing(),
        limits(),
        storage(),
        http(),
        log(),
        Stream.concat(own.stream(), peers.warnings().stream()).toList());
  }

  private NodeConfig.Listen listen(TlsReader certificates, List<String> warnings) {
    List<URI> clients = in.listenUrls("listen-client-urls", HTTP);
    if (clients.isEmpty()) {
      in.problem("--listen-client-urls must name at least one URL");
    }
    if (in.isGiven("listen-client-urls") && !in.isGiven("advertise-client-urls")) {
      in.problem("--advertise-client-urls is required when --listen-client-urls is set explicitly");
    }
    List<URI> metrics = in.listenUrls("listen-metrics-urls", HTTP);
    NodeConfig.Tls tls = certificates.ofClients(clients, warnings);
    clients.forEach(url -> check(url, tls, warnings));
    for (URI url : metrics) {
      if (url.getScheme().equals("https") && tls == null) {
        in.problem(
            "client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url "
                + url);
      }
    }
    return new NodeConfig.Listen(
        clients, in.urls("advertise-client-urls", HTTP), metrics, tls, in.flag("client-cert-auth"));
  }

  /// Whether a URL fits the certificates, in etcd's words.
  private void check(URI url, NodeConfig.@Nullable Tls tls, List<String> warnings) {
    if (url.getScheme().equals("https")) {
      if (tls == null) {
        in.problem(
            "TLS key/cert (--cert-file, --key-file) must be provided for client url "
                + url
                + " with HTTPS scheme");
      }
      return;
    }
    String http = "--listen-client-urls=" + url + ": scheme is http while ";
    if (tls != null) {
      warnings.add(http + "key and cert files are present; ignoring key and cert files");
    }
    if (in.flag("client-cert-auth")) {
      warnings.add(http + "--client-cert-auth is enabled; ignoring client cert auth for this URL");
    }
  }

  private NodeConfig.Timing timing() {
    int heartbeat = (int) in.number("heartbeat-interval", 1, Integer.MAX_VALUE);
    int election = (int) in.number("election-timeout", 1, ELECTION_MILLIS_MAX);
    if (election < (long) HEARTBEATS_PER_ELECTION * heartbeat) {
      in.problem(
          "--election-timeout="
              + election
              + " must be at least five times --heartbeat-interval="
              + heartbeat);
    }
    return new NodeConfig.Timing(Math.max(1, heartbeat), Math.max(1, election));
  }

  private NodeConfig.Limits limits() {
    Duration progress = in.duration("watch-progress-notify-interval");
    if (progress.compareTo(PROGRESS_INTERVAL_MIN) < 0) {
      in.problem("--watch-progress-notify-interval must be at least 100ms");
    }
    return new NodeConfig.Limits(
        (int) in.number("max-txn-ops", 1, Integer.MAX_VALUE),
        (int) in.number("max-request-bytes", 1, 1 << 30),
        in.number("max-concurrent-streams", 1, 4294967295L),
        new NodeConfig.Pings(
            in.duration("grpc-keepalive-min-time"),
            in.duration("grpc-keepalive-interval"),
            in.duration("grpc-keepalive-timeout")),
        progress,
        in.duration("warning-unary-request-duration"));
  }

  private NodeConfig.Storage storage() {
    long quota = in.number("quota-backend-bytes", Long.MIN_VALUE, Long.MAX_VALUE);
    return new NodeConfig.Storage(
        quota <= 0 ? Long.MAX_VALUE : quota,
        compaction(),
        in.number("wal-segment-bytes", SEGMENT_BYTES_MIN, 1L << 30),
        in.number("checkpoint-wal-bytes", SEGMENT_BYTES_MIN, 1L << 40),
        in.positive("checkpoint-interval"));
  }

  private NodeConfig.Compaction compaction() {
    String mode = in.text("auto-compaction-mode");
    String retention = in.text("auto-compaction-retention");
    boolean bare = retention.matches("\\d+");
    if (!mode.equals("periodic") && !mode.equals("revision")) {
      in.problem("--auto-compaction-mode must be periodic or revision, not \"" + mode + "\"");
    } else if (retention.isEmpty() || retention.matches("0+")) {
      return new NodeConfig.Compaction.Off();
    } else if (mode.equals("revision") && bare) {
      return new NodeConfig.Compaction.ByRevision(
          in.number("auto-compaction-retention", 0, Long.MAX_VALUE));
    } else if (mode.equals("revision")) {
      in.problem("--auto-compaction-retention must be a number of revisions in revision mode");
    } else {
      Duration period =
          bare
              ? Duration.ofHours(in.number("auto-compaction-retention", 0, 1_000_000))
              : in.duration("auto-compaction-retention");
      if (period.isPositive()) {
        return new NodeConfig.Compaction.Periodic(period);
      }
    }
    return new NodeConfig.Compaction.Off();
  }

  private NodeConfig.Http http() {
    String metrics = in.text("metrics");
    if (!metrics.equals("basic") && !metrics.equals("extensive")) {
      in.problem("--metrics must be basic or extensive, not \"" + metrics + "\"");
    }
    return new NodeConfig.Http(
        in.flag("enable-grpc-gateway"),
        in.list("cors"),
        in.list("host-whitelist"),
        metrics.equals("extensive"));
  }

  private NodeConfig.Log log() {
    String level = in.text("log-level");
    if (!Set.of("debug", "info", "warn", "error").contains(level)) {
      in.problem("--log-level must be debug, info, warn or error, not \"" + level + "\"");
    }
    String format = in.text("log-format");
    if (!format.equals("console") && !format.equals("json")) {
      in.problem("--log-format must be console or json, not \"" + format + "\"");
    }
    return new NodeConfig.Log(level, format.equals("json"), in.list("log-outputs"));
  }
}
