package io.flotilla.node.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SequencedMap;

/// Everything a node is started with, checked and typed.
///
/// @param name this member's name
/// @param dataDir holds everything the node writes
/// @param eventLoops how many event loops, at least 1
/// @param listen where it can be reached
/// @param cluster who it forms a cluster with
/// @param timing Raft's clockwork
/// @param limits bounds on requests
/// @param storage log, checkpoints, compaction, quota
/// @param http the parts of the client port that are not gRPC
/// @param log where and how to log
/// @param warnings what to tell the operator once the log is up
public record NodeConfig(
    String name,
    Path dataDir,
    int eventLoops,
    Listen listen,
    Cluster cluster,
    Timing timing,
    Limits limits,
    Storage storage,
    Http http,
    Log log,
    List<String> warnings) {

  /// @param clientUrls where clients connect, at least one
  /// @param advertiseClientUrls what MemberList tells clients
  /// @param metricsUrls extra addresses for metrics and health, possibly none
  public record Listen(
      List<URI> clientUrls, List<URI> advertiseClientUrls, List<URI> metricsUrls) {}

  /// @param initialMembers peer URLs by member name, in the order given; includes this member
  /// @param token feeds member and cluster ids
  public record Cluster(SequencedMap<String, List<String>> initialMembers, String token) {}

  /// @param heartbeatMillis between heartbeats, at least 1
  /// @param electionMillis at least five heartbeats, at most 50 000
  public record Timing(int heartbeatMillis, int electionMillis) {
    /// How long a request may take when its client set no deadline (etcd: 5 s and two elections).
    public Duration requestTimeout() {
      return Duration.ofMillis(5000 + 2L * electionMillis);
    }
  }

  public record Limits(
      int maxTxnOps,
      int maxRequestBytes,
      long maxConcurrentStreams,
      Pings pings,
      Duration watchProgressInterval,
      Duration slowRequest) {}

  /// Pings on HTTP/2 connections; a duration of nothing switches the rule off.
  ///
  /// @param minSpacing clients that ping more often are sent away
  /// @param interval between pings by the server
  /// @param timeout a client that does not answer within it is cut off
  public record Pings(Duration minSpacing, Duration interval, Duration timeout) {}

  /// @param quotaBytes the space quota; [Long#MAX_VALUE] is none
  /// @param compaction automatic compaction
  /// @param walSegmentBytes size of one write-ahead log segment
  /// @param checkpointWalBytes write the tree out after so much log
  /// @param checkpointInterval write the tree out at least so often
  public record Storage(
      long quotaBytes,
      Compaction compaction,
      long walSegmentBytes,
      long checkpointWalBytes,
      Duration checkpointInterval) {}

  public sealed interface Compaction {
    record Off() implements Compaction {}

    /// Keeps the history of the last `retention`.
    record Periodic(Duration retention) implements Compaction {}

    /// Keeps the last `revisions`.
    record ByRevision(long revisions) implements Compaction {}
  }

  /// @param gateway whether `/v3` is served
  /// @param corsOrigins allowed origins; `*` is all
  /// @param hostWhitelist allowed Host names; `*` is all
  /// @param extensiveMetrics whether handling-time histograms are kept
  public record Http(
      boolean gateway,
      List<String> corsOrigins,
      List<String> hostWhitelist,
      boolean extensiveMetrics) {}

  public record Log(String level, boolean json, List<String> outputs) {}
}
