package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

/// Names one log entry. Two logs that hold the same id hold the same entry there and in every
/// place before it (Raft §5.3, the Log Matching Property).
///
/// Ordered by term, then index: the "more up-to-date" order of Raft §5.4.1.
///
/// @param term the term of the leader that made the entry
/// @param index place in the log, from 1; 0 is the place before the first entry, of term 0
public record EntryId(long term, long index) implements Comparable<EntryId> {
  /// The place before the first entry of a log.
  public static final EntryId ZERO = new EntryId(0, 0);

  public EntryId {
    checkAtMost(0, term, "terms are not negative");
    checkAtMost(0, index, "indexes are not negative");
    check(index > 0 || term == 0, "the place before the first entry has term 0");
  }

  @Override
  public int compareTo(EntryId other) {
    int byTerm = Long.compare(term, other.term);
    return byTerm != 0 ? byTerm : Long.compare(index, other.index);
  }

  @Override
  public String toString() {
    return term + "/" + index;
  }
}
