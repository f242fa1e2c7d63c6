package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Message.PreVoteRequest;
import io.flotilla.raft.core.Message.VoteRequest;
import java.util.function.Consumer;

/// A replica's attempts to become leader: first it asks whether it could win, without disturbing
/// anybody, then it stands for election in a new term (Raft §5.2, thesis §9.6).
final class Election {
  private final Replica replica;
  private Ballots ballots = new Ballots();

  Election(Replica replica) {
    this.replica = replica;
  }

  /// Asks the other voters. Returns how it stands with this replica's own opinion.
  Quorum.Outcome ask() {
    ballots = new Ballots();
    long campaignTerm = replica.term() + 1;
    replica.outbox.transition(new Transition.AsksForElection(campaignTerm));
    EntryId last = replica.log.last();
    var request = new PreVoteRequest(replica.self, replica.term(), campaignTerm, last);
    forOtherVoters(voter -> replica.send(voter, request));
    return record(replica.self, true);
  }

  /// Asks as [#ask] does, but only to be told what is committed: the answers are no ballots.
  void askWhatIsCommitted() {
    EntryId last = replica.log.last();
    var request = new PreVoteRequest(replica.self, replica.term(), replica.term() + 1, last);
    for (NodeId id : replica.membership.members()) {
      if (!id.equals(replica.self)) {
        replica.send(id, request);
      }
    }
  }

  /// Asks for votes in the replica's term, once its vote for itself is durable: otherwise it could
  /// come back after a crash, stand in the same term with a shorter log, and be given votes that
  /// were meant for the longer one.
  void campaign(boolean transfer) {
    ballots = new Ballots();
    replica.outbox.transition(new Transition.Campaigns(replica.term()));
    var request = new VoteRequest(replica.self, replica.term(), replica.log.last(), transfer);
    forOtherVoters(voter -> replica.promise(voter, request));
  }

  /// An answer came in.
  Quorum.Outcome record(NodeId voter, boolean granted) {
    ballots.record(voter, granted);
    return ballots.tally(replica.membership, replica.rules);
  }

  /// Whether this replica may have promised a leader, before a restart, to keep to it for a time
  /// that is not over yet.
  boolean mayOweLease() {
    return replica.config.leaseReads()
        && replica.now <= replica.config.electionTicks()
        && !replica.membership.isOnlyVoter(replica.self);
  }

  private void forOtherVoters(Consumer<NodeId> action) {
    for (NodeId id : replica.membership.members()) {
      if (!id.equals(replica.self) && replica.membership.isVoter(id)) {
        action.accept(id);
      }
    }
  }
}
