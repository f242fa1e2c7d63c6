package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.util.HashMap;
import java.util.Map;

/// The answers to one election, or to the question whether one could be won. The first answer of a
/// replica counts.
final class Ballots {
  private final Map<NodeId, Boolean> ballots = new HashMap<>();

  void record(NodeId voter, boolean granted) {
    ballots.putIfAbsent(voter, granted);
  }

  Quorum.Outcome tally(Membership membership, Rules rules) {
    if (rules.reached(membership, id -> Boolean.TRUE.equals(ballots.get(id)) ? 1 : 0) >= 1) {
      return Quorum.Outcome.WON;
    }
    return Quorum.tally(membership, ballots);
  }
}
