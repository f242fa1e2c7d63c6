package io.flotilla.raft.transport.grpc;

import io.flotilla.base.NodeId;
import io.flotilla.base.tls.TlsStore;
import org.jspecify.annotations.Nullable;

/// How a node is linked to others.
///
/// @param clusterId never 0
/// @param tls null when no URL of this node or of its peers has TLS
public record LinkSettings(
    long clusterId, NodeId self, Timing timing, Bounds bounds, @Nullable TlsStore tls) {
  public LinkSettings {
    require(clusterId != 0, "a node is linked within a cluster");
    require(!self.equals(NodeId.NONE), "a node has an id");
  }

  /// @param pingMillis each connection is asked for a sign of life this often
  /// @param silenceMillis it counts as broken when it gave none for about this long. Connections
  ///     for snapshots, whose signs wait behind their bytes, have [#SNAPSHOT_PATIENCE] times as
  ///     much
  /// @param connectMillis until a connection stands and both sides have greeted
  /// @param retryMinMillis before the first new attempt after a break, by lot
  /// @param retryMaxMillis between attempts that go on failing
  public record Timing(
      int pingMillis,
      int silenceMillis,
      int connectMillis,
      int retryMinMillis,
      int retryMaxMillis) {
    static final int SNAPSHOT_PATIENCE = 5;

    public Timing {
      require(pingMillis >= 1, "pingMillis is at least 1");
      require(silenceMillis >= 2 * pingMillis, "silenceMillis is at least twice pingMillis");
      require(connectMillis >= 1, "connectMillis is at least 1");
      require(retryMinMillis >= 1, "retryMinMillis is at least 1");
      require(retryMaxMillis >= retryMinMillis, "retryMaxMillis is at least retryMinMillis");
    }

    /// A silent node is noticed within about an election timeout, a node that is back is connected
    /// within half of one.
    public static Timing forElection(int electionMillis) {
      int ping = Math.max(1, electionMillis / 5);
      int retryMax = Math.max(1, electionMillis / 2);
      return new Timing(
          ping,
          Math.max(2 * ping, electionMillis - ping),
          Math.max(1_000, 2 * electionMillis),
          Math.min(20, retryMax),
          retryMax);
    }

    /// How many pings in a row may stay without an answer.
    int patientPings() {
      return Math.ceilDiv(silenceMillis, pingMillis);
    }
  }

  /// @param maxFrameBytes a larger frame is neither sent nor taken
  /// @param writableBytes more than this on the way to one node's machine, and a lane says that it
  ///     has no room
  /// @param queuedBytes more than this, and it takes nothing
  public record Bounds(int maxFrameBytes, int writableBytes, long queuedBytes) {
    public Bounds {
      require(maxFrameBytes >= 1, "maxFrameBytes is at least 1");
      require(writableBytes >= 1, "writableBytes is at least 1");
      require(queuedBytes >= writableBytes, "queuedBytes is at least writableBytes");
      require(queuedBytes >= maxFrameBytes, "the largest frame may be on its way");
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
