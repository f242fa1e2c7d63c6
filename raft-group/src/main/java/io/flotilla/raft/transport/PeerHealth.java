package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;

/// How this node's connections to others stand. On the loop.
public interface PeerHealth {
  /// Whether a connection for messages to the node is up.
  boolean isReachable(NodeId node);

  /// Since when the connection is up, on the node's clock; now if it is not.
  long connectedSinceNanos(NodeId node);
}
