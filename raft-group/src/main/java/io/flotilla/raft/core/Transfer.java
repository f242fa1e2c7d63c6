package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Message.TimeoutNow;
import java.util.Map;

/// Hands leadership over (thesis §3.10): the leader stops taking proposals, brings the target's log
/// up to its own, then tells it to campaign at once. After an election timeout without success it
/// goes on as before.
final class Transfer {
  private final Replica replica;
  private NodeId target = NodeId.NONE;
  private int elapsed;
  private boolean told;
  private boolean everTold;

  Transfer(Replica replica) {
    this.replica = replica;
  }

  boolean isUnderWay() {
    return !target.equals(NodeId.NONE);
  }

  /// [NodeId#NONE] while none is under way.
  NodeId target() {
    return target;
  }

  /// The connection to a node broke: it will not take over soon.
  void onLost(NodeId peer) {
    if (isUnderWay() && target.equals(peer)) {
      abandon();
    }
  }

  /// Whether a target of this term may campaign at any time.
  boolean wasTried() {
    return everTold;
  }

  void start(NodeId newTarget) {
    if (!newTarget.equals(target)) {
      target = newTarget;
      elapsed = 0;
      told = false;
      replica.outbox.transition(new Transition.TransferStarted(newTarget));
    }
  }

  /// Whether the target's log is complete and it was not told yet.
  boolean mayHandOver(Map<NodeId, Progress> followers) {
    Progress progress = followers.get(target);
    return progress != null && !told && progress.match() == replica.log.lastIndex();
  }

  /// Tells the target to campaign once its log is complete.
  void maybeHandOver(Map<NodeId, Progress> followers) {
    if (mayHandOver(followers)) {
      told = true;
      everTold = true;
      replica.send(target, new TimeoutNow(replica.self, replica.term()));
    }
  }

  void onMembership() {
    if (isUnderWay() && !replica.membership.isVoter(target)) {
      abandon();
    }
  }

  void tick() {
    if (isUnderWay() && ++elapsed >= replica.config.electionTicks()) {
      abandon();
    }
  }

  private void abandon() {
    replica.outbox.transition(new Transition.TransferAbandoned(target));
    target = NodeId.NONE;
  }
}
