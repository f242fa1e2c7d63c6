package io.flotilla.node.replica;

import io.flotilla.node.config.NodeConfig;
import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.duty.CorruptionCheck;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.handover.HandoverLimits;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.raft.transport.PeerLimits;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.router.watch.WatchConfig;
import io.flotilla.storage.btree.TreeFileConfig;

/// The sizes and times that are not settings, and those that follow from settings, in one place.
public final class Sizes {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  /// Free space below which the disk counts as full: room for segments and a checkpoint.
  private static final long DISK_RESERVE_BYTES = 256L * MIB;

  /// What may be on its way to one watching client before its watchers wait.
  private static final int WATCH_STREAM_BYTES = 4 * MIB;

  /// etcd's bound on one catch-up response.
  private static final int WATCH_PAGE_REVISIONS = 1000;

  private static final int WATCH_PAGE_BYTES = 32 * MIB;

  /// How long running calls may go on at shutdown (etcd).
  public static final long DRAIN_MILLIS = 7000;

  /// How long a connection may stay silent before its first request.
  public static final long FIRST_REQUEST_MILLIS = 10_000;

  public static final long STOP_MILLIS = 5000;

  /// How far a message may exceed the largest request: room for the rest of its frame.
  private static final int MESSAGE_OVERHEAD_BYTES = 512 * KIB;

  /// How far a command may exceed the largest request of a client, which its front bounds: the
  /// cluster puts such a request's key, or the request, into commands of its own.
  private static final int COMMAND_OVERHEAD_BYTES = 4 * KIB;

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
  /// More than this on its way to one node, and frames gather.
  public static final int PEER_WRITABLE_BYTES = 4 * MIB;

  private static final int REPLICA_PART_BYTES = 16 * MIB;
  private static final int REPLICA_ANSWER_BYTES = 1024 * MIB;
  private static final int REPLICA_WRITABLE_BYTES = MIB;

  /// Fewer than a connection to a peer port takes.
  private static final int REPLICA_STREAMS = 500;

  private static final int REPLICA_STREAMS_SERVED = 5_000;
  private static final int REPLICA_IDLE_MILLIS = 60_000;

  private static final int PEER_ITEMS = 20_000;
  private static final long PEER_BYTES = 64L * MIB;
  private static final long APPLY_BYTES = 4L * MIB;

  private Sizes() {}

  /// How this node's replica of the root group is run.
  public static ReplicaConfig replica(NodeConfig config) {
    var machine =
        new RootConfig(
            ShardConfig.DEFAULT,
            config.timing().electionMillis(),
            CHECKPOINT_DIRTY_BYTES,
            HOUSEKEEPING_NANOS);
    var watch =
        new WatchConfig(
            config.limits().watchProgressInterval().toMillis(),
            maxMessageBytes(config.limits()),
            WATCH_STREAM_BYTES,
            WATCH_PAGE_REVISIONS,
            WATCH_PAGE_BYTES);
    return new ReplicaConfig(
        new TreeFileConfig(PAGE_BYTES, FILE_GROWTH_BYTES),
        machine,
        config.storage().walSegmentBytes(),
        watch,
        duties(config.storage()),
        new AnywhereDoor.Limits(PROPOSALS + READS, proposalBytes(config)),
        SnapshotLimits.defaults(config.peers().snapshotBytesPerSecond()),
        new MemberChecks.Rules(config.cluster().maxLearners(), config.cluster().strictReconfig()),
        corruption(config.cluster().corruption()),
        HandoverLimits.STANDARD.withReplicas(config.cluster().shardReplicas()),
        config.planner(),
        config.timing().requestTimeout().toMillis());
  }

  private static CorruptionCheck.Settings corruption(NodeConfig.Corruption checks) {
    return new CorruptionCheck.Settings(
        checks.interval().toMillis(), checks.compactInterval().toMillis());
  }

  private static RootDuties.Settings duties(NodeConfig.Storage storage) {
    long quota = storage.quotaBytes() == Long.MAX_VALUE ? 0 : storage.quotaBytes();
    return new RootDuties.Settings(
        new SpaceQuota.Limits(quota, DISK_RESERVE_BYTES), compaction(storage.compaction()), true);
  }

  private static int maxMessageBytes(NodeConfig.Limits limits) {
    return limits.maxRequestBytes() + MESSAGE_OVERHEAD_BYTES;
  }

  /// One tick is a tenth of an election or one heartbeat, whichever is shorter.
  public static HostConfig host(NodeConfig config) {
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
            config.limits().maxRequestBytes() + COMMAND_OVERHEAD_BYTES,
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

  /// A frame holds what any member may propose, and a few appends.
  public static PeerLimits peers(NodeConfig config) {
    int item = Math.max((int) APPEND_BYTES, config.limits().maxRequestBytes()) * 2;
    return new PeerLimits(
        (int) APPEND_BYTES,
        item,
        PEER_ITEMS,
        Math.max(PEER_BYTES, item),
        PROPOSALS + READS,
        PROPOSALS + READS);
  }

  /// Streams between replicas: a part holds what one revision may change.
  public static ReplicaLimits replicas(NodeConfig config) {
    int part = Math.max(REPLICA_PART_BYTES, 4 * config.limits().maxRequestBytes());
    return new ReplicaLimits(
        part,
        REPLICA_ANSWER_BYTES,
        REPLICA_WRITABLE_BYTES,
        2L * part,
        REPLICA_STREAMS,
        REPLICA_STREAMS_SERVED,
        REPLICA_IDLE_MILLIS);
  }

  private static long proposalBytes(NodeConfig config) {
    return Math.max(PROPOSAL_BYTES, 4L * config.limits().maxRequestBytes());
  }

  private static AutoCompaction compaction(NodeConfig.Compaction configured) {
    return switch (configured) {
      case NodeConfig.Compaction.Off _ -> new AutoCompaction.Off();
      case NodeConfig.Compaction.Periodic(var retention) -> new AutoCompaction.Periodic(retention);
      case NodeConfig.Compaction.ByRevision(long kept) -> new AutoCompaction.Revisions(kept);
    };
  }
}
