package io.flotilla.node.config;

import io.flotilla.base.Key;
import io.flotilla.placement.plan.PlannerSettings;
import io.flotilla.router.auth.TokenSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Everything a node is started with, checked and typed.
///
/// @param name this member's name
/// @param dataDir holds everything the node writes
/// @param eventLoops how many event loops, at least 1
/// @param listen where clients reach it
/// @param peers how it talks to other members
/// @param cluster who it forms a cluster with
/// @param planner what this node plans for the shards while it leads the root group
/// @param auth how callers show who they are
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
    Peers peers,
    Cluster cluster,
    PlannerSettings planner,
    Auth auth,
    Timing timing,
    Limits limits,
    Storage storage,
    Http http,
    Log log,
    List<String> warnings) {

  /// @param clientUrls where clients connect, at least one
  /// @param advertiseClientUrls what MemberList tells clients
  /// @param metricsUrls extra addresses for metrics and health, possibly none
  /// @param tls of those URLs that are `https`; null without certificates
  /// @param namesUsers whether the Common Name of a client's certificate stands for a user
  public record Listen(
      List<URI> clientUrls,
      List<URI> advertiseClientUrls,
      List<URI> metricsUrls,
      @Nullable Tls tls,
      boolean namesUsers) {}

  /// @param listenUrls where other members connect, at least one
  /// @param advertisedUrls of the first start, where others are told to connect
  /// @param tls null when every URL is cleartext and nobody has a certificate
  /// @param snapshotBytesPerSecond how fast a snapshot is sent to one member; 0 is no limit
  /// @param warnings what is set and has no effect
  public record Peers(
      List<URI> listenUrls,
      List<String> advertisedUrls,
      @Nullable Tls tls,
      long snapshotBytesPerSecond,
      List<String> warnings) {}

  /// Certificates of one kind of ports, in PEM files. Renewed ones are taken up while the node
  /// runs.
  ///
  /// @param serving what this node shows to those who connect
  /// @param calling what it shows to those it connects to
  /// @param trustedCa who must have signed the others' certificates; null for the system's list
  /// @param revoked certificates that are not to be trusted any more; null for none
  /// @param callers whom it lets in
  /// @param protocols such as `TLSv1.3`
  /// @param cipherSuites by their IANA names; none for what the runtime has
  /// @param selfSigning how the certificate comes to be; null if somebody else makes it
  public record Tls(
      KeyPair serving,
      KeyPair calling,
      @Nullable Path trustedCa,
      @Nullable Path revoked,
      Callers callers,
      List<String> protocols,
      List<String> cipherSuites,
      @Nullable SelfSigning selfSigning) {}

  /// A certificate that the node makes for itself, unless it has made one that is still valid.
  ///
  /// @param folder where it is kept
  /// @param hosts names and addresses that it is for
  /// @param years how long it is valid
  public record SelfSigning(Path folder, List<String> hosts, int years) {}

  public record KeyPair(Path certificate, Path key) {}

  /// Who may connect; nothing is asked of anybody unless `authenticated`.
  ///
  /// @param authenticated whether a certificate is demanded
  /// @param commonNames if there are any, the certificate has one of them
  /// @param hostnames if there are any, the certificate is for one of them
  public record Callers(boolean authenticated, List<String> commonNames, List<String> hostnames) {}

  /// @param initial how the cluster began, for a node without data
  /// @param strictReconfig whether changes of the members that could lose the quorum are refused
  /// @param maxLearners members without a vote at a time
  /// @param corruption how members are compared
  /// @param shardReplicas on how many nodes new groups are; 0 for every member
  public record Cluster(
      Initial initial,
      boolean strictReconfig,
      int maxLearners,
      Corruption corruption,
      int shardReplicas) {}

  /// @param members peer URLs by member name, in the order given
  /// @param token feeds member and cluster ids
  /// @param existing whether the cluster runs already and lists this member
  /// @param splitKeys where the shards of a new cluster begin, ascending; the root
  ///     group's begins at the lowest key and is not named
  /// @param replicas on how many nodes their groups begin; 0 for every member
  public record Initial(
      SequencedMap<String, List<String>> members,
      String token,
      boolean existing,
      List<Key> splitKeys,
      int replicas) {}

  /// A time of nothing switches a comparison off.
  ///
  /// @param atStart whether a node compares itself with the others before it serves
  /// @param interval between comparisons of the current state
  /// @param compactInterval between comparisons of what compactions left
  public record Corruption(boolean atStart, Duration interval, Duration compactInterval) {}

  /// @param tokens what callers show instead of a password
  /// @param bcryptCost of new passwords: 2 to its power rounds
  public record Auth(TokenSettings tokens, int bcryptCost) {}

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
