package io.flotilla.node.replica;

import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.duty.CorruptionCheck;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootDuties;
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
    long requestTimeoutMillis) {}
