package io.flotilla.raft.transport;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;

/// Whoever moves whole states between nodes: gets what arrives on the lane for snapshots, and what
/// Raft wants sent and installed. On the loop of the links.
public interface SnapshotPort {
  /// A part of a state arrived.
  void onPart(NodeId from, SnapshotPart part);

  /// A receiver says how far it is.
  void onProgress(NodeId from, SnapshotProgress progress);

  /// Parts for this node have a connection from now on.
  void onUp(NodeId node);

  /// The connection to this node broke: parts sent last may be lost.
  void onDown(NodeId node);

  /// The connection to this node has room again.
  void onWritable(NodeId node);

  /// Streams the group's state as it is during the call. The outcome is told to the host.
  void send(GroupId group, NodeId to, Message.InstallSnapshot request);

  /// As [io.flotilla.raft.host.Peers#install].
  void install(GroupId group, SnapshotMark mark, Runnable installed);
}
