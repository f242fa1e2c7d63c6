package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.NodeId;
import java.util.random.RandomGenerator;

/// What a replica is and holds in whatever role: the part of its memory that roles share.
final class Replica {
  final NodeId self;
  final RaftConfig config;
  final Rules rules;
  final RaftLog log;
  final Outbox outbox = new Outbox();
  final ElectionTimer timer;

  /// Who takes part, as of the last applied entry.
  Membership membership;

  /// Whom this replica follows; [NodeId#NONE] while unknown.
  NodeId leader = NodeId.NONE;

  /// Ticks since the start.
  long now;

  // persistent state (Raft figure 2), durable once a Ready that holds it was persisted
  private long term;
  private NodeId vote;

  Replica(NodeId self, RaftConfig config, Rules rules, Restored from, RandomGenerator random) {
    this.self = self;
    this.config = config;
    this.rules = rules;
    this.timer = new ElectionTimer(config.electionTicks(), random);
    this.log = from.log();
    this.membership = from.applied().membership();
    HardState hard = from.hardStateFor(log);
    this.term = hard.term();
    this.vote = hard.vote();
    log.commitTo(hard.commit());
  }

  long term() {
    return term;
  }

  NodeId vote() {
    return vote;
  }

  HardState hardState() {
    return new HardState(term, vote, log.committed());
  }

  /// Enters a later term, in which nobody has this replica's vote.
  void enterTerm(long later) {
    checkAtMost(term + 1, later, "terms only grow");
    term = later;
    vote = NodeId.NONE;
  }

  void voteFor(NodeId candidate) {
    check(rules.freeToVote(vote, candidate), "one vote per term (§5.2)");
    vote = candidate;
  }

  /// Whether this replica may stand for election: it votes, has its state, and no change of who
  /// votes is committed that it has not applied.
  boolean mayCampaign() {
    return membership.isVoter(self)
        && !log.awaitsSnapshot()
        && !log.changesMembership(log.applied(), log.committed());
  }

  /// Whether the log holds a change of who takes part that this replica does not know to be
  /// committed. Others may have applied it and rely on this replica to lead from then on.
  boolean mayHaveMissedItsMembership() {
    return !log.awaitsSnapshot() && log.changesMembership(log.committed(), log.lastIndex());
  }

  /// Sends what makes a promise about durable state.
  void promise(NodeId to, Message message) {
    if (rules.promisesWaitForPersist()) {
      outbox.sendAfterPersist(to, message);
    } else {
      outbox.send(to, message);
    }
  }

  void send(NodeId to, Message message) {
    outbox.send(to, message);
  }
}
