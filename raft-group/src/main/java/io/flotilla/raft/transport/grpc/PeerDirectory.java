package io.flotilla.raft.transport.grpc;

import io.flotilla.base.NodeId;
import io.flotilla.proto.command.Membership;

/// What a node knows of its cluster, for those who ask on its peer port. On the loop.
public interface PeerDirectory {
  /// All members, and the cluster's id.
  Membership members();

  /// Whether the node was a member and is none any more.
  boolean wasRemoved(NodeId node);

  /// What `GET /version` answers: a JSON object, as on the client port.
  String versionJson();
}
