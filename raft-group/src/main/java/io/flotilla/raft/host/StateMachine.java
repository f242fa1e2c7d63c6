package io.flotilla.raft.host;

import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import java.util.List;

/// What a group replicates: executes committed entries in log order and answers reads of its state.
///
/// Called on the group's loop only, except [Checkpoint#run]. Applying is deterministic: it depends
/// on the state and the entry, never on time, randomness, the replica or its role, so replicas at
/// equal [#applied] have equal state. An exception from any method halts the node.
public interface StateMachine {
  /// The last entry whose effect the state contains; right after opening, that of the newest
  /// durable checkpoint. [EntryId#ZERO] for an empty state.
  EntryId applied();

  /// The membership as of [#applied]; saved with it by checkpoints. A new group's state begins with
  /// the group's first membership, which no entry carries.
  Membership membership();

  /// Executes one committed entry, the one after [#applied]. `commands` may be empty: then only
  /// [#applied] moves.
  ///
  /// @return one result per command, in order
  List<CommandResult> apply(EntryId id, List<Command> commands);

  /// Takes over a membership at its committed entry, the one after [#applied].
  ///
  /// @param context what the proposer put beside the membership, opaque to Raft; may be empty
  void applyMembership(EntryId id, Membership membership, byte[] context);

  /// Starts a read of the state as of this call. The caller steps it until it is done, with entries
  /// applied between the steps, and closes it.
  <T> QueryRun<T> query(Query<T> query);

  /// Whether the state grew enough since the last checkpoint (dirty bytes) that one is due even if
  /// the log is short.
  boolean checkpointDue();

  /// Freezes the state as of [#applied] for writing to disk; cheap. One at a time.
  Checkpoint beginCheckpoint();

  /// This replica began to lead in `term`, having applied every entry of earlier terms, or ceased
  /// to lead. Leader-only work (expiry, timers) follows it; it changes no replicated state.
  void onLeadership(boolean leads, long term);

  /// Leader-only and local housekeeping in small steps (lease expiry, background compaction).
  /// Called on every tick of the group.
  ///
  /// @param nowNanos the host's monotonic clock
  void tick(long nowNanos);

  /// Gives up files and memory. The state is closed; no method is called after this one.
  void close();

  /// A frozen state on its way to disk.
  interface Checkpoint {
    /// What the frozen state contains; the log up to here may be dropped once [#end] was called.
    EntryId applied();

    /// Writes and forces the state. On a storage thread, while the loop keeps applying.
    ///
    /// @throws io.flotilla.storage.file.DiskFullException when there is no room
    void run() throws java.io.IOException;

    /// Makes the written state the newest durable one. On the loop, after [#run] returned.
    void end();

    /// Takes back a checkpoint whose [#run] failed for want of room: a later one writes what this
    /// one should have. On the loop, instead of [#end].
    ///
    /// @throws IllegalStateException when something was forced already, so that it is not known
    ///     what the disk holds
    void abandon();
  }
}
