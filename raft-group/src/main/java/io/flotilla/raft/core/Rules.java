package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.util.function.ToLongFunction;

/// The rules that make Raft safe, each in one place. Tests break one at a time to see that the
/// checkers notice; nothing else overrides them.
class Rules {
  /// "Vote for at most one candidate in a given term, on a first-come-first-served basis" (§5.2).
  boolean freeToVote(NodeId vote, NodeId candidate) {
    return vote.equals(NodeId.NONE) || vote.equals(candidate);
  }

  /// "The voter denies its vote if its own log is more up-to-date than that of the candidate"
  /// (§5.4.1).
  boolean upToDate(EntryId candidate, EntryId own) {
    return candidate.compareTo(own) >= 0;
  }

  /// "Only log entries from the leader's current term are committed by counting replicas" (§5.4.2).
  boolean commitsByCounting(long entryTerm, long currentTerm) {
    return entryTerm == currentTerm;
  }

  /// Agreement needs "separate majorities from both the old and new configurations" (§6).
  long reached(Membership membership, ToLongFunction<NodeId> numberOf) {
    return Quorum.reached(membership, numberOf);
  }

  /// Before it answers a read, "a leader must check whether it has been deposed" by exchanging
  /// heartbeats with a majority (§8).
  boolean readsNeedProof() {
    return true;
  }

  /// "Each leader commits a blank no-op entry at the start of its term" and serves no read before
  /// that (§8).
  boolean readsNeedOwnCommit() {
    return true;
  }

  /// "Servers update persistent state on stable storage before responding" (figure 2).
  boolean promisesWaitForPersist() {
    return true;
  }
}
