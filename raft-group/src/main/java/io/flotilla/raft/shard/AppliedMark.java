package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.mvcc.MvccStore;

/// How far a group's log is contained in its state.
///
/// @param term of the last applied entry; 0 when there is none
/// @param index of the last applied entry; 0 when there is none
public record AppliedMark(long term, long index) {
  public static final AppliedMark NONE = new AppliedMark(0, 0);

  public AppliedMark {
    checkAtMost(0, term, "terms are not negative");
    checkAtMost(0, index, "indexes are not negative");
  }

  /// The mark in a store at rest, whose owner is no machine but a tool.
  public static AppliedMark of(MvccStore store) {
    return new AppliedState(store).mark();
  }
}
