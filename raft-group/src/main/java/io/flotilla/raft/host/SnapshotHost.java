package io.flotilla.raft.host;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Message;
import org.jspecify.annotations.Nullable;

/// The groups of a node as those see them that move whole states between nodes. On the loop.
public interface SnapshotHost {
  /// The state of a group; null when it has no replica here, or none any more.
  @Nullable StateMachine machine(GroupId group);

  /// Whether this node leads the group in this term.
  boolean leads(GroupId group, long term);

  /// A group's state is not being streamed to a follower any more.
  ///
  /// @param arrivedIndex the last index in the state that arrived whole; 0 if none did
  void snapshotEnded(GroupId group, NodeId to, long arrivedIndex);

  /// A state arrived whole and waits to be installed.
  ///
  /// @return whether the group wants it: then [Peers#install] follows, or a newer one is offered
  boolean offer(GroupId group, Message.InstallSnapshot arrived);

  /// The group goes on with this committed state. Part of [Peers#install], before its `installed`.
  void install(GroupId group, StateMachine.Prepared prepared);

  /// Something happened that must not.
  void halt(Throwable cause);
}
