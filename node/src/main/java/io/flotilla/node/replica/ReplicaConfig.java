package io.flotilla.node.replica;

import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.duty.CorruptionCheck;
import io.flotilla.placement.handover.HandoverLimits;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.plan.PlannerMode;
import io.flotilla.placement.plan.PlannerSettings;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.raft.ordered.ShardGroupConfig;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.router.watch.WatchConfig;
import io.flotilla.storage.btree.TreeFileConfig;

/// Sizes and times of a replica of the root group.
///
/// @param tree of the file with the state
/// @param machine of the state machine
/// @param walSegmentBytes size of one file of the log
/// @param watch of the watches on this node
/// @param duties what the replica does by itself
/// @param forwarding what may wait for a leader on another node
/// @param snapshots of states on their way between members
/// @param memberRules for changes of the members
/// @param corruption how often the leader compares the members
/// @param handovers of keys between groups
/// @param planner of shards, while this node leads the root group
/// @param requestTimeoutMillis after which a duty gives a proposal up
public record ReplicaConfig(
    TreeFileConfig tree,
    RootConfig machine,
    long walSegmentBytes,
    WatchConfig watch,
    RootDuties.Settings duties,
    AnywhereDoor.Limits forwarding,
    SnapshotLimits snapshots,
    MemberChecks.Rules memberRules,
    CorruptionCheck.Settings corruption,
    HandoverLimits handovers,
    PlannerSettings planner,
    long requestTimeoutMillis) {
  /// By how much less a replica of a shard group takes than the root group's: there may be many.
  private static final int SHARE = 4;

  private static final long SEGMENT_BYTES_MIN = 64 * 1024;

  /// Of a replica that plans nothing.
  public ReplicaConfig(
      TreeFileConfig tree,
      RootConfig machine,
      long walSegmentBytes,
      WatchConfig watch,
      RootDuties.Settings duties,
      AnywhereDoor.Limits forwarding,
      SnapshotLimits snapshots,
      MemberChecks.Rules memberRules,
      CorruptionCheck.Settings corruption,
      HandoverLimits handovers,
      long requestTimeoutMillis) {
    this(
        tree,
        machine,
        walSegmentBytes,
        watch,
        duties,
        forwarding,
        snapshots,
        memberRules,
        corruption,
        handovers,
        PlannerSettings.STANDARD.with(PlannerMode.OFF),
        requestTimeoutMillis);
  }

  ShardGroupConfig shardMachine() {
    return new ShardGroupConfig(
        machine.keys(),
        Math.max(1, machine.checkpointDirtyBytes() / SHARE),
        Math.max(1, machine.housekeepingNanos() / SHARE));
  }

  TreeFileConfig shardTree() {
    return tree;
  }

  /// Of a shard group's log.
  long shardSegmentBytes() {
    long share = walSegmentBytes / SHARE / 512 * 512;
    return Math.min(walSegmentBytes, Math.max(SEGMENT_BYTES_MIN, share));
  }
}
