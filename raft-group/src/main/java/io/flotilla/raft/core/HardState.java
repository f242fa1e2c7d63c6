package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.NodeId;

/// What a replica must find again after a restart, besides its log (Raft figure 2, "persistent
/// state"). `commit` is saved as a convenience: it lets a restart apply at once what is known to be
/// committed, and may lag.
///
/// @param term latest term this replica has seen, from 0
/// @param vote whom it voted for in `term`; [NodeId#NONE] if for nobody
/// @param commit highest index known to be committed
public record HardState(long term, NodeId vote, long commit) {
  /// The state of a replica that has seen nothing.
  public static final HardState FRESH = new HardState(0, NodeId.NONE, 0);

  public HardState {
    checkAtMost(0, term, "terms are not negative");
    checkAtMost(0, commit, "indexes are not negative");
  }

  @Override
  public String toString() {
    return "term=" + term + " vote=" + vote + " commit=" + commit;
  }
}
