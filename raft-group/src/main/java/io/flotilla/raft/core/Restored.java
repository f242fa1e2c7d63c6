package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.NodeId;
import java.util.List;

/// What a replica finds on its disk when it starts.
///
/// @param hardState as saved last
/// @param applied what the state machine contains; for a new group its first membership at
///     [EntryId#ZERO], equal on all its replicas
/// @param base the entry before `entries`; [EntryId#ZERO] if the log was never cut
/// @param entries the log, without a gap
public record Restored(
    HardState hardState, SnapshotMark applied, EntryId base, List<Entry> entries) {
  public Restored {
    entries = List.copyOf(entries);
    checkAtMost(base.index(), applied.last().index(), "the state contains what the log lost");
  }

  /// A replica of a new group.
  public static Restored fresh(Membership membership) {
    return new Restored(
        HardState.FRESH, new SnapshotMark(EntryId.ZERO, membership), EntryId.ZERO, List.of());
  }

  /// The log to begin with. What was applied is committed; a log that does not hold it is what a
  /// snapshot was about to replace, so the state replaces it now.
  RaftLog log() {
    return holdsApplied()
        ? new RaftLog(base, entries, applied.last())
        : new RaftLog(applied.last(), List.of(), applied.last());
  }

  /// Whether the state replaces the log, on disk too: what is appended next follows the state.
  public boolean replacesLog() {
    return !holdsApplied();
  }

  private boolean holdsApplied() {
    long offset = applied.last().index() - base.index();
    if (offset == 0) {
      return applied.last().equals(base);
    }
    return offset <= entries.size() && entries.get((int) offset - 1).id().equals(applied.last());
  }

  /// The hard state to begin with. Entries and hard state of one batch may survive a power loss
  /// without each other; the batch was not acknowledged then, so entries of a later term only show
  /// that the term exists, and a commit index beyond the log says nothing.
  HardState hardStateFor(RaftLog log) {
    long lastTerm = log.last().term();
    boolean termBehind = hardState.term() < lastTerm;
    long commit = Math.max(Math.min(hardState.commit(), log.lastIndex()), log.applied());
    return new HardState(
        termBehind ? lastTerm : hardState.term(),
        termBehind ? NodeId.NONE : hardState.vote(),
        commit);
  }
}
