package io.flotilla.node.run;

import io.flotilla.node.config.NodeConfig;
import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.storage.btree.TreeFileConfig;

/// The sizes and times that are not settings, and those that follow from settings, in one place.
final class Sizes {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  /// Free space below which the disk counts as full: room for segments and a checkpoint.
  static final long DISK_RESERVE_BYTES = 256L * MIB;

  /// What may be on its way to one watching client before its watchers wait.
  static final int WATCH_STREAM_BYTES = 4 * MIB;

  /// etcd's bound on one catch-up response.
  static final int WATCH_PAGE_REVISIONS = 1000;

  static final int WATCH_PAGE_BYTES = 32 * MIB;

  /// How long running calls may go on at shutdown (etcd).
  static final long DRAIN_MILLIS = 7000;

  /// How long a connection may stay silent before its first request.
  static final long FIRST_REQUEST_MILLIS = 10_000;

  static final long STOP_MILLIS = 5000;

  /// How far a message may exceed the largest request: room for the rest of its frame.
  private static final int MESSAGE_OVERHEAD_BYTES = 512 * KIB;

  private static final int PAGE_BYTES = 4 * KIB;
  private static final long FILE_GROWTH_BYTES = 16L * MIB;
  private static final long CHECKPOINT_DIRTY_BYTES = 256L * MIB;
  private static final long HOUSEKEEPING_NANOS = 2_000_000;
  private static final int PROPOSALS = 5000;
  private static final long PROPOSAL_BYTES = 64L * MIB;
  private static final int ENTRY_BYTES = MIB;
  private static final int READS = 20_000;
  private static final int INBOX = 50_000;
  private static final long RETAINED_LOG_BYTES = 32L * MIB;
  private static final int INFLIGHT_MESSAGES = 256;
  private static final long INFLIGHT_BYTES = 16L * MIB;
  private static final long APPEND_BYTES = MIB;
  private static final long APPLY_BYTES = 4L * MIB;

  private Sizes() {}

  static TreeFileConfig treeFile() {
    return new TreeFileConfig(PAGE_BYTES, FILE_GROWTH_BYTES);
  }

  static RootConfig root(NodeConfig.Timing timing) {
    return new RootConfig(
        ShardConfig.DEFAULT, timing.electionMillis(), CHECKPOINT_DIRTY_BYTES, HOUSEKEEPING_NANOS);
  }

  static int maxMessageBytes(NodeConfig.Limits limits) {
    return limits.maxRequestBytes() + MESSAGE_OVERHEAD_BYTES;
  }

  /// One tick is a tenth of an election or one heartbeat, whichever is shorter.
  static HostConfig host(NodeConfig config) {
    NodeConfig.Timing timing = config.timing();
    int tickMillis = Math.max(1, Math.min(timing.heartbeatMillis(), timing.electionMillis() / 10));
    var raft =
        new RaftConfig(
            timing.electionMillis() / tickMillis,
            Math.max(1, timing.heartbeatMillis() / tickMillis),
            0,
            false,
            new RaftConfig.Bounds(
                INFLIGHT_MESSAGES,
                INFLIGHT_BYTES,
                APPEND_BYTES,
                proposalBytes(config) * 2,
                APPLY_BYTES));
    var limits =
        new HostConfig.Limits(
            PROPOSALS,
            proposalBytes(config),
            config.limits().maxRequestBytes(),
            ENTRY_BYTES,
            READS,
            INBOX);
    var checkpoints =
        new HostConfig.CheckpointPolicy(
            config.storage().checkpointWalBytes(),
            config.storage().checkpointInterval().toMillis(),
            RETAINED_LOG_BYTES);
    return new HostConfig(raft, tickMillis, limits, checkpoints);
  }

  private static long proposalBytes(NodeConfig config) {
    return Math.max(PROPOSAL_BYTES, 4L * config.limits().maxRequestBytes());
  }

  static AutoCompaction compaction(NodeConfig.Compaction configured) {
    return switch (configured) {
      case NodeConfig.Compaction.Off _ -> new AutoCompaction.Off();
      case NodeConfig.Compaction.Periodic(var retention) -> new AutoCompaction.Periodic(retention);
      case NodeConfig.Compaction.ByRevision(long kept) -> new AutoCompaction.Revisions(kept);
    };
  }
}
