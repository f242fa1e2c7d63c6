package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/// What majorities agree on. During a change of membership both sets of voters must agree (Raft
/// §6).
final class Quorum {
  /// How an election stands.
  enum Outcome {
    WON,
    LOST,
    PENDING
  }

  private Quorum() {}

  /// The highest number that a majority has reached. Without voters nobody objects:
  /// [Long#MAX_VALUE].
  static long reached(Membership membership, ToLongFunction<NodeId> numberOf) {
    return Math.min(
        majorityReached(membership.voters(), numberOf),
        majorityReached(membership.outgoing(), numberOf));
  }

  /// The highest number that a majority of one set has reached.
  static long majorityReached(Set<NodeId> voters, ToLongFunction<NodeId> numberOf) {
    if (voters.isEmpty()) {
      return Long.MAX_VALUE;
    }
    long[] numbers = new long[voters.size()];
    int at = 0;
    for (NodeId voter : voters) {
      numbers[at++] = numberOf.applyAsLong(voter);
    }
    Arrays.sort(numbers);
    return numbers[numbers.length - majority(numbers.length)];
  }

  /// Whether a majority is as `holds` says.
  static boolean agrees(Membership membership, Predicate<NodeId> holds) {
    return reached(membership, id -> holds.test(id) ? 1 : 0) >= 1;
  }

  /// How an election stands with these ballots: true is a vote, false a refusal.
  static Outcome tally(Membership membership, Map<NodeId, Boolean> ballots) {
    if (agrees(membership, id -> Boolean.TRUE.equals(ballots.get(id)))) {
      return Outcome.WON;
    }
    boolean open = agrees(membership, id -> !Boolean.FALSE.equals(ballots.get(id)));
    return open ? Outcome.PENDING : Outcome.LOST;
  }

  static int majority(int voters) {
    return voters / 2 + 1;
  }
}
