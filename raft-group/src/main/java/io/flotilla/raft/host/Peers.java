package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Transport;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import java.util.List;

/// The other replicas of the host's groups, as far as a network reaches them.
///
/// An [Message.InstallSnapshot] handed to [#send] asks for streaming the group's state, which is at
/// that mark during the call; the outcome is told to [RaftHost#snapshotEnded].
public interface Peers extends Transport<Message> {
  /// Puts the state that arrived with this mark in place of the group's own, durably, then runs
  /// `installed` on the group's loop. From then on the state machine is at the mark.
  void install(GroupId group, SnapshotMark mark, Runnable installed);

  /// For a node whose groups have no other replica: there is nobody to talk to.
  static Peers nobody() {
    return new Peers() {
      @Override
      public void send(GroupId group, NodeId to, List<Message> messages) {
        check(messages.isEmpty(), "a group of one has nobody to talk to");
      }

      @Override
      public void install(GroupId group, SnapshotMark mark, Runnable installed) {
        check(false, "a group of one is sent no state");
      }
    };
  }
}
