package io.flotilla.node.fault;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.Peers;
import java.util.List;
import java.util.function.Predicate;

/// Drops what replicas of some groups here say to others, as a network may. Where most replicas of
/// a group are mute it cannot elect or commit; other groups do not notice.
record MutePeers(Peers peers, Predicate<GroupId> mute) implements Peers {
  @Override
  public void send(GroupId group, NodeId to, List<Message> messages) {
    List<Message> heard = mute.test(group) ? requests(messages) : messages;
    if (!heard.isEmpty()) {
      peers.send(group, to, heard);
    }
  }

  /// A request to stream a state is no message: somebody waits for its outcome.
  private static List<Message> requests(List<Message> messages) {
    return messages.stream().filter(Message.InstallSnapshot.class::isInstance).toList();
  }

  @Override
  public void install(GroupId group, SnapshotMark mark, Runnable installed) {
    peers.install(group, mark, installed);
  }
}
