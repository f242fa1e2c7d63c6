package io.flotilla.raft.host;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Restored;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.log.RecoveredLog;
import java.util.random.RandomGenerator;

/// All that a host needs to run one replica.
///
/// @param self this node
/// @param machine the state, opened at its newest checkpoint
/// @param recovered what the log held when it was opened
/// @param log the same log, for writing
/// @param initial the first membership of a new group, equal on all its replicas and what the new
///     state says too; not looked at once anything was applied
/// @param random for election timeouts
public record GroupSpec(
    GroupId id,
    NodeId self,
    StateMachine machine,
    RecoveredLog recovered,
    GroupLog log,
    Membership initial,
    RandomGenerator random) {

  /// What the core begins with.
  Restored restored() {
    EntryId applied = machine.applied();
    Membership membership = applied.equals(EntryId.ZERO) ? initial : machine.membership();
    return new Restored(
        recovered.hardState(),
        new SnapshotMark(applied, membership),
        recovered.mark(),
        recovered.entries());
  }
}
