package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a group replicates: executes committed entries in log order and answers reads of its state.
///
/// Called on the group's loop only, except where a storage thread is named. Applying is
/// deterministic: it depends on the state and the entry, never on time, randomness, the replica or
/// its role, so replicas at equal [#applied] have equal state. An exception from any method halts
/// the node.
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
  /// @return one outcome per command, in order
  List<? extends CommandOutcome> apply(EntryId id, List<Command> commands);

  /// Whether a leader may append this command now; null if so, else why not: then nothing was done,
  /// and whoever asked reacts. Asked right before appending, in the order of the log, once for each
  /// command: what is let in counts from then on.
  default @Nullable Rejection refuse(Command command) {
    return null;
  }

  /// A command that was let in is not appended after all, and nothing that was let in behind it in
  /// the same turn is.
  default void withdraw(Command command) {}

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

  /// Freezes the state as of [#applied] for another replica; cheap. Each open snapshot keeps what
  /// it holds from being used again, so it must not stay open for long.
  Snapshot openSnapshot();

  /// Makes a state out of the bytes of a [Snapshot], beside the present one and durably. On a
  /// storage thread, while the loop goes on with the present state.
  ///
  /// @param received a file in the directory of the state, with the whole stream; stays there
  /// @throws io.flotilla.storage.backup.SnapshotDamagedException when it is not what was sent
  /// @throws IOException when the disk fails; nothing is left behind
  Prepared prepare(Path received) throws IOException;

  /// Goes on with a state that [#prepare] made here and that was committed; it is ahead of the
  /// present one. Reads that began before must not be stepped any more. No checkpoint is begun and
  /// not ended.
  void install(Prepared prepared);

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

  /// A frozen state on its way to another replica. Opened on the loop, then read by one storage
  /// thread at a time.
  interface Snapshot {
    SnapshotMark mark();

    /// Length of the stream. The first call may visit the whole state.
    long totalBytes() throws IOException;

    /// Puts the next bytes into `target`, as many as fit. Returns false when there were none left.
    boolean read(ByteBuffer target) throws IOException;

    /// Any thread, but not during another call. A second call does nothing.
    void close();
  }

  /// A received state that waits to replace the present one.
  interface Prepared {
    /// What it contains, read from the state itself.
    SnapshotMark mark();

    /// Makes it the state that a restart finds. On a storage thread, once, when the log is about to
    /// begin behind [#mark]: until it does, a restart takes the state for ahead of its log and lets
    /// it replace the log ([io.flotilla.raft.core.Restored#replacesLog]).
    void commit() throws IOException;

    /// Gives up what is not needed: all of it if it was not committed; the replaced state if it was
    /// installed. On a storage thread, once.
    void close() throws IOException;
  }

  /// A frozen state on its way to disk.
  interface Checkpoint {
    /// What the frozen state contains; the log up to here may be dropped once [#end] was called.
    EntryId applied();

    /// Writes and forces the state. On a storage thread, while the loop keeps applying.
    ///
    /// @throws io.flotilla.storage.file.DiskFullException when there is no room
    void run() throws IOException;

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
