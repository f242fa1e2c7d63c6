package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.checkAtMost;

import java.util.Arrays;

/// One slot of the replicated log.
///
/// Equal by content. The payload is not copied: whoever hands it over must not change it
/// afterwards, and readers must not write to it.
///
/// @param term the term of the leader that made the entry, from 1
/// @param index place in the log, from 1
/// @param payload what `kind` says; empty for [EntryKind#EMPTY]
public record Entry(long term, long index, EntryKind kind, byte[] payload) {
  /// What an entry costs beyond its payload, in the byte bounds of the core.
  static final int OVERHEAD_BYTES = 24;

  public Entry {
    checkAtMost(1, term, "entries belong to a term");
    checkAtMost(1, index, "log indexes start at 1");
  }

  public EntryId id() {
    return new EntryId(term, index);
  }

  /// What this entry weighs in every bound that is counted in bytes.
  long weightBytes() {
    return OVERHEAD_BYTES + (long) payload.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Entry entry
        && term == entry.term
        && index == entry.index
        && kind == entry.kind
        && Arrays.equals(payload, entry.payload);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(term) + Long.hashCode(index);
  }

  @Override
  public String toString() {
    return term + "/" + index + " " + kind + " " + payload.length + "B";
  }
}
