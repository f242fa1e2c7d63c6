package io.flotilla.node.replica;

import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootDuties;
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
/// @param requestTimeoutMillis after which a duty gives a proposal up
public record ReplicaConfig(
    TreeFileConfig tree,
    RootConfig machine,
    long walSegmentBytes,
    WatchConfig watch,
    RootDuties.Settings duties,
    AnywhereDoor.Limits forwarding,
    long requestTimeoutMillis) {}
