package io.flotilla.node.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns the texts of the settings into a [NodeConfig]; collects every problem before it refuses.
public final class NodeConfigReader {
  private static final int ELECTION_MILLIS_MAX = 50_000;
  private static final int HEARTBEATS_PER_ELECTION = 5;
  private static final Duration PROGRESS_INTERVAL_MIN = Duration.ofMillis(100);
  private static final long SEGMENT_BYTES_MIN = 1 << 20;

  private final SettingTexts texts;
  private final List<String> problems = new ArrayList<>();

  private NodeConfigReader(SettingTexts texts) {
    this.texts = texts;
  }

  /// @throws ConfigException with every problem
  public static NodeConfig read(SettingTexts texts) {
    var reader = new NodeConfigReader(texts);
    NodeConfig config = reader.config();
    if (!reader.problems.isEmpty()) {
      throw new ConfigException(ConfigException.INVALID, reader.problems);
    }
    return config;
  }

  private NodeConfig config() {
    String name = text("name");
    if (name.isBlank()) {
      problems.add("--name must not be empty");
    }
    String dataDir = text("data-dir").isEmpty() ? name + ".etcd" : text("data-dir");
    int loops = (int) number("event-loops", 0, 1024);
    return new NodeConfig(
        name,
        Path.of(dataDir),
        loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
        listen(),
        cluster(name),
        timing(),
        limits(),
        storage(),
        http(),
        log(),
        texts.warnings());
  }

  private NodeConfig.Listen listen() {
    List<URI> clients = listenUrls("listen-client-urls");
    if (clients.isEmpty()) {
      problems.add("--listen-client-urls must name at least one URL");
    }
    if (texts.isGiven("listen-client-urls") && !texts.isGiven("advertise-client-urls")) {
      problems.add(
          "--advertise-client-urls is required when --listen-client-urls is set explicitly");
    }
    return new NodeConfig.Listen(
        clients, urls("advertise-client-urls"), listenUrls("listen-metrics-urls"));
  }

  private NodeConfig.Cluster cluster(String name) {
    listenUrls("listen-peer-urls");
    List<String> own = urls("initial-advertise-peer-urls").stream().map(URI::toString).toList();
    SequencedMap<String, List<String>> members = new LinkedHashMap<>();
    for (String part : list("initial-cluster")) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        problems.add("--initial-cluster: \"" + part + "\" is not NAME=URL");
        continue;
      }
      String url = part.substring(equals + 1);
      parseUrl("initial-cluster", url);
      members.computeIfAbsent(part.substring(0, equals), _ -> new ArrayList<>()).add(url);
    }
    if (members.isEmpty()) {
      members.put(name, own);
    } else if (!members.containsKey(name)) {
      problems.add(
          "--initial-cluster has no member named \"" + name + "\"; add it or change --name");
    } else if (!Set.copyOf(members.get(name)).equals(Set.copyOf(own))) {
      problems.add(
          "--initial-cluster gives \""
              + name
              + "\" the peer URLs "
              + members.get(name)
              + " but --initial-advertise-peer-urls says "
              + own);
    }
    if (members.size() > 1) {
      problems.add(
          "--initial-cluster names " + members.size() + " members; a cluster has one so far");
    }
    String state = text("initial-cluster-state");
    if (!state.equals("new") && !state.equals("existing")) {
      problems.add("--initial-cluster-state must be new or existing, not \"" + state + "\"");
    }
    return new NodeConfig.Cluster(members, text("initial-cluster-token"));
  }

  private NodeConfig.Timing timing() {
    int heartbeat = (int) number("heartbeat-interval", 1, Integer.MAX_VALUE);
    int election = (int) number("election-timeout", 1, ELECTION_MILLIS_MAX);
    if (election < (long) HEARTBEATS_PER_ELECTION * heartbeat) {
      problems.add(
          "--election-timeout="
              + election
              + " must be at least five times --heartbeat-interval="
              + heartbeat);
    }
    return new NodeConfig.Timing(Math.max(1, heartbeat), Math.max(1, election));
  }

  private NodeConfig.Limits limits() {
    Duration progress = duration("watch-progress-notify-interval");
    if (progress.compareTo(PROGRESS_INTERVAL_MIN) < 0) {
      problems.add("--watch-progress-notify-interval must be at least 100ms");
    }
    return new NodeConfig.Limits(
        (int) number("max-txn-ops", 1, Integer.MAX_VALUE),
        (int) number("max-request-bytes", 1, 1 << 30),
        number("max-concurrent-streams", 1, 4294967295L),
        new NodeConfig.Pings(
            duration("grpc-keepalive-min-time"),
            duration("grpc-keepalive-interval"),
            duration("grpc-keepalive-timeout")),
        progress,
        duration("warning-unary-request-duration"));
  }

  private NodeConfig.Storage storage() {
    long quota = number("quota-backend-bytes", Long.MIN_VALUE, Long.MAX_VALUE);
    return new NodeConfig.Storage(
        quota <= 0 ? Long.MAX_VALUE : quota,
        compaction(),
        number("wal-segment-bytes", SEGMENT_BYTES_MIN, 1L << 30),
        number("checkpoint-wal-bytes", SEGMENT_BYTES_MIN, 1L << 40),
        positive("checkpoint-interval"));
  }

  private NodeConfig.Compaction compaction() {
    String mode = text("auto-compaction-mode");
    String retention = text("auto-compaction-retention");
    boolean bare = retention.matches("\\d+");
    if (!mode.equals("periodic") && !mode.equals("revision")) {
      problems.add("--auto-compaction-mode must be periodic or revision, not \"" + mode + "\"");
    } else if (retention.isEmpty() || retention.matches("0+")) {
      return new NodeConfig.Compaction.Off();
    } else if (mode.equals("revision") && bare) {
      return new NodeConfig.Compaction.ByRevision(
          number("auto-compaction-retention", 0, Long.MAX_VALUE));
    } else if (mode.equals("revision")) {
      problems.add("--auto-compaction-retention must be a number of revisions in revision mode");
    } else {
      Duration period =
          bare
              ? Duration.ofHours(number("auto-compaction-retention", 0, 1_000_000))
              : duration("auto-compaction-retention");
      if (period.isPositive()) {
        return new NodeConfig.Compaction.Periodic(period);
      }
    }
    return new NodeConfig.Compaction.Off();
  }

  private NodeConfig.Http http() {
    String metrics = text("metrics");
    if (!metrics.equals("basic") && !metrics.equals("extensive")) {
      problems.add("--metrics must be basic or extensive, not \"" + metrics + "\"");
    }
    return new NodeConfig.Http(
        flag("enable-grpc-gateway"),
        list("cors"),
        list("host-whitelist"),
        metrics.equals("extensive"));
  }

  private NodeConfig.Log log() {
    String level = text("log-level");
    if (!Set.of("debug", "info", "warn", "error").contains(level)) {
      problems.add("--log-level must be debug, info, warn or error, not \"" + level + "\"");
    }
    String format = text("log-format");
    if (!format.equals("console") && !format.equals("json")) {
      problems.add("--log-format must be console or json, not \"" + format + "\"");
    }
    return new NodeConfig.Log(level, format.equals("json"), list("log-outputs"));
  }

  private String text(String name) {
    return texts.values().getOrDefault(name, "");
  }

  private List<String> list(String name) {
    return Arrays.stream(text(name).split(","))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .toList();
  }

  private boolean flag(String name) {
    String text = text(name);
    if (!Map.of("true", true, "false", false).containsKey(text)) {
      problems.add("--" + name + " must be true or false, not \"" + text + "\"");
    }
    return text.equals("true");
  }

  private long number(String name, long low, long high) {
    try {
      long value = Long.parseLong(text(name));
      if (value < low || value > high) {
        problems.add("--" + name + "=" + value + " must be between " + low + " and " + high);
        return Math.clamp(value, low, high);
      }
      return value;
    } catch (NumberFormatException _) {
      problems.add("--" + name + " must be a whole number, not \"" + text(name) + "\"");
      return low;
    }
  }

  private Duration duration(String name) {
    try {
      return GoDuration.parse(text(name));
    } catch (IllegalArgumentException e) {
      problems.add("--" + name + ": " + e.getMessage());
      return Duration.ofSeconds(1);
    }
  }

  private Duration positive(String name) {
    Duration duration = duration(name);
    if (!duration.isPositive()) {
      problems.add("--" + name + " must be longer than nothing");
    }
    return duration;
  }

  private List<URI> urls(String name) {
    List<URI> urls = new ArrayList<>();
    for (String text : list(name)) {
      URI url = parseUrl(name, text);
      if (url != null) {
        urls.add(url);
      }
    }
    return urls;
  }

  /// etcd binds to literal addresses only: a name may resolve to something else tomorrow.
  private List<URI> listenUrls(String name) {
    List<URI> urls = urls(name);
    for (URI url : urls) {
      String host = url.getHost();
      boolean literal = host.equals("localhost") || host.startsWith("[") || host.matches("[0-9.]+");
      if (!literal) {
        problems.add(
            "--" + name + "=" + url + " must use an IP address or localhost, not a host name");
      }
    }
    return urls;
  }

  private @Nullable URI parseUrl(String name, String text) {
    try {
      URI url = URI.create(text);
      if (url.getScheme() == null || url.getHost() == null || url.getPort() < 0) {
        problems.add("--" + name + ": \"" + text + "\" must look like http://HOST:PORT");
        return null;
      }
      if (!url.getScheme().equals("http")) {
        problems.add("--" + name + ": \"" + text + "\": only http is supported, TLS is not yet");
        return null;
      }
      if (url.getPath() != null && !url.getPath().isEmpty() && !url.getPath().equals("/")) {
        problems.add("--" + name + ": \"" + text + "\" must not have a path");
        return null;
      }
      return url;
    } catch (IllegalArgumentException e) {
      problems.add("--" + name + ": \"" + text + "\" is not a URL: " + e.getMessage());
      return null;
    }
  }
}
