package io.flotilla.raft.transport;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;

/// Who moves states between nodes: told what arrives on the lane of snapshots. On the loop. Sends
/// through [PeerHub#snapshotLane].
public interface SnapshotPort {
  /// A part of a state that another node sends.
  void onPart(NodeId from, SnapshotPart part);

  /// What another node holds of a state that this one sends.
  void onProgress(NodeId from, SnapshotProgress progress);

  /// The lane to this node has a connection.
  void onUp(NodeId node);

  /// The lane to this node broke: what was sent last may be lost.
  void onDown(NodeId node);

  /// The lane to this node has room again.
  void onWritable(NodeId node);

  /// A group's leader wants a follower to get the group's state, which is at the message's mark
  /// during the call.
  void send(GroupId group, NodeId to, Message.InstallSnapshot message);

  /// As [io.flotilla.raft.host.Peers#install].
  void install(GroupId group, SnapshotMark mark, Runnable installed);
}
