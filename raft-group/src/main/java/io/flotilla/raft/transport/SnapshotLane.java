package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;

/// The lane of snapshots to the other nodes, for the one [SnapshotPort]. On the loop.
public interface SnapshotLane {
  /// Hands a part over; returns whether the connection took it. A part may be lost with the
  /// connection all the same.
  boolean send(NodeId to, SnapshotPart part);

  /// As [#send(NodeId, SnapshotPart)], for the way back.
  boolean send(NodeId to, SnapshotProgress progress);

  /// Whether the connection is up and has room; [SnapshotPort#onWritable] tells when it has again.
  boolean isWritable(NodeId to);
}
