package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import java.util.List;

/// The log of one replica as its core sees it: the entries that are still in memory, and how far
/// each was brought.
///
/// Invariant: `applied <= applying <= committed <= last` and `persisted <= persisting <= last`.
/// Committing and persisting do not wait for each other: a majority may commit what is not durable
/// here yet. While a snapshot waits to be installed, `applied` is below the window's base.
final class RaftLog {
  private final EntryWindow window;
  // volatile state: how far the log is known to be committed (Raft figure 2)
  private long committed;
  // the newest change of membership that was seen to be committed; 0 for none
  private long committedChange;
  // handed out to be applied; reported as applied
  private long applying;
  private long applied;
  // handed out to be made durable; reported as durable
  private long persisting;
  private long persisted;

  /// @param base the entry before `entries`, at or below `applied`
  /// @param applied what the state machine contains, at or below the end of `entries`
  RaftLog(EntryId base, List<Entry> entries, EntryId applied) {
    window = new EntryWindow(base);
    entries.forEach(window::append);
    check(matches(applied), "the log contains what was applied: " + applied);
    committed = applied.index();
    applying = applied.index();
    this.applied = applied.index();
    persisting = window.lastIndex();
    persisted = window.lastIndex();
  }

  EntryId base() {
    return window.base();
  }

  long lastIndex() {
    return window.lastIndex();
  }

  EntryId last() {
    return idAt(window.lastIndex());
  }

  long committed() {
    return committed;
  }

  /// The newest change of membership that was seen to be committed; 0 for none.
  long committedChange() {
    return committedChange;
  }

  long applied() {
    return applied;
  }

  long persisted() {
    return persisted;
  }

  /// What the entries in memory weigh.
  long bytes() {
    return window.bytes();
  }

  /// @param index in `[base, last]`
  EntryId idAt(long index) {
    return new EntryId(window.termAt(index), index);
  }

  /// @param index in `[base, last]`
  long termAt(long index) {
    return window.termAt(index);
  }

  /// @param index in `(base, last]`
  Entry get(long index) {
    return window.get(index);
  }

  /// Whether a snapshot replaced the log and is not installed yet.
  boolean awaitsSnapshot() {
    return applied < window.base().index();
  }

  /// Whether this log holds `id` (Raft §5.3). What was dropped counts as not held, except the base.
  boolean matches(EntryId id) {
    return id.index() >= window.base().index()
        && id.index() <= window.lastIndex()
        && window.termAt(id.index()) == id.term();
  }

  /// Appends an entry of this replica's own term as leader.
  void append(Entry entry) {
    window.append(entry);
  }

  /// Takes in entries that follow one that [#matches]: "if an existing entry conflicts with a new
  /// one, delete the existing entry and all that follow it; append any new entries not already in
  /// the log" (Raft figure 2).
  void takeIn(List<Entry> entries) {
    for (Entry entry : entries) {
      if (entry.index() <= window.lastIndex()) {
        if (entry.index() <= window.base().index() || matches(entry.id())) {
          continue;
        }
        cutFrom(entry.index());
      }
      window.append(entry);
    }
  }

  private void cutFrom(long index) {
    check(index > committed, "committed entries are never replaced: " + index + " of " + committed);
    window.keepTo(index - 1);
    persisting = Math.min(persisting, index - 1);
    persisted = Math.min(persisted, index - 1);
  }

  /// Returns whether the commit index moved.
  boolean commitTo(long index) {
    if (index <= committed) {
      return false;
    }
    checkAtMost(index, window.lastIndex(), "what is committed is in the log");
    for (long i = committed + 1; i <= index; i++) {
      if (window.get(i).kind() == EntryKind.MEMBERSHIP) {
        committedChange = i;
      }
    }
    committed = index;
    return true;
  }

  /// The entries from `from` on, up to `maxBytes`, at least one if there is one.
  List<Entry> slice(long from, long maxBytes) {
    return window.slice(from, window.lastIndex(), maxBytes);
  }

  /// Hands out what is committed and not handed out yet, up to `maxBytes`.
  List<Entry> takeCommitted(long maxBytes) {
    if (applying == committed || awaitsSnapshot()) {
      return List.of();
    }
    List<Entry> slice = window.slice(applying + 1, committed, maxBytes);
    applying += slice.size();
    return slice;
  }

  boolean hasCommitted() {
    return applying < committed && !awaitsSnapshot();
  }

  /// The state machine reports progress.
  void appliedTo(long index) {
    checkAtMost(index, applying, "only what was handed out is applied");
    applied = Math.max(applied, index);
  }

  /// Hands out everything that is to be made durable.
  List<Entry> takeUnpersisted() {
    if (persisting == window.lastIndex()) {
      return List.of();
    }
    List<Entry> slice = window.slice(persisting + 1, window.lastIndex(), Long.MAX_VALUE);
    persisting = window.lastIndex();
    return slice;
  }

  boolean hasUnpersisted() {
    return persisting < window.lastIndex();
  }

  /// The log is durable up to `id`, unless that entry was replaced meanwhile.
  void persistedTo(EntryId id) {
    if (matches(id) && id.index() <= persisting) {
      persisted = Math.max(persisted, id.index());
    }
  }

  /// Replaces the log by a snapshot that contains everything up to `id`.
  void restore(EntryId id) {
    checkAtMost(committed + 1, id.index(), "a snapshot adds to what is committed");
    window.reset(id);
    committed = id.index();
    persisting = id.index();
    persisted = Math.min(persisted, id.index());
  }

  /// The state machine contains the snapshot now.
  void installed(EntryId id) {
    checkAtMost(id.index(), window.base().index(), "a snapshot was accepted before");
    applied = Math.max(applied, id.index());
    applying = Math.max(applying, id.index());
    persistedTo(id);
  }

  /// Forgets entries up to `index` as far as they are applied and durable here.
  void compactTo(long index) {
    long target = Math.min(index, Math.min(applied, persisted));
    if (target > window.base().index()) {
      window.dropTo(target);
    }
  }

  /// Forgets the oldest entries, as far as allowed, until the others weigh at most `bytes`.
  void retainAtMost(long bytes) {
    long excess = window.bytes() - bytes;
    long end = Math.min(applied, persisted);
    long index = window.base().index();
    while (excess > 0 && index < end) {
      index++;
      excess -= window.get(index).weightBytes();
    }
    compactTo(index);
  }

  /// What a follower says when it does not hold `prev`: its last entry not above it that the
  /// leader's log may hold, which is at least the end of what is committed.
  EntryId conflictHint(EntryId prev) {
    return lastAtMost(Math.min(prev.index(), window.lastIndex()), prev.term(), committed);
  }

  /// Where a leader that was given `hint` tries next: its last entry not above the hint and not of
  /// a later term. All entries between are ones that the follower cannot hold. [EntryId#ZERO] when
  /// the log begins after it.
  EntryId probeFor(EntryId hint) {
    return lastAtMost(Math.min(hint.index(), window.lastIndex()), hint.term(), 0);
  }

  private EntryId lastAtMost(long index, long term, long agreed) {
    long floor = Math.max(window.base().index(), agreed);
    long found = index;
    while (found > floor && window.termAt(found) > term) {
      found--;
    }
    return found < window.base().index() ? EntryId.ZERO : idAt(found);
  }

  /// Whether `(from, to]` holds a change of membership.
  boolean changesMembership(long from, long to) {
    for (long index = Math.max(from, window.base().index()) + 1; index <= to; index++) {
      if (window.get(index).kind() == EntryKind.MEMBERSHIP) {
        return true;
      }
    }
    return false;
  }

  /// What the entries in `(from, to]` weigh.
  long weightBytes(long from, long to) {
    long sum = 0;
    for (long index = Math.max(from, window.base().index()) + 1; index <= to; index++) {
      sum += window.get(index).weightBytes();
    }
    return sum;
  }

  void checkInvariants() {
    checkAtMost(applied, applying, "applied <= applying");
    checkAtMost(applying, committed, "applying <= committed");
    checkAtMost(committed, window.lastIndex(), "committed <= last");
    checkAtMost(persisted, persisting, "persisted <= persisting");
    checkAtMost(persisting, window.lastIndex(), "persisting <= last");
    checkAtMost(window.base().index(), committed, "base <= committed");
  }
}
