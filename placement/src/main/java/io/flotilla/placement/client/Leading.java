package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;

/// Where the leader of a group is, as this node knows, or guesses. Belongs to the group's loop.
interface Leading {
  /// @param node [NodeId#NONE] while nobody is known
  /// @param isHere whether that is the replica on this node
  record Leader(NodeId node, boolean isHere) {}

  Leader leader();

  /// Whether this node has no part in the group any more, and asks nothing of it.
  boolean isRemoved();

  /// There is something to ask of the leader.
  void wake();

  /// As a replica on this node has it.
  static Leading of(Group group) {
    return new Leading() {
      @Override
      public Leader leader() {
        GroupStatus status = group.status();
        return new Leader(status.leader(), status.isLeader());
      }

      @Override
      public boolean isRemoved() {
        return group.isRemoved();
      }

      @Override
      public void wake() {
        group.wake();
      }
    };
  }
}
