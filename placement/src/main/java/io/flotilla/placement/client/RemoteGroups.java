package io.flotilla.placement.client;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.Future;

/// What the doors of a node need of other nodes for groups without a replica here.
///
/// @param self this node
/// @param limits of the streams
public record RemoteGroups(
    NodeId self, GroupSites sites, ReplicaStreams streams, ReplicaLimits limits) {
  /// Of a node that has a replica of every group.
  public static RemoteGroups none() {
    return new RemoteGroups(
        NodeId.NONE, GroupSites.HERE_ONLY, new Nobody(), new ReplicaLimits(1, 1, 1, 1, 1, 1, 1));
  }

  /// There is no other node that is known to have a replica.
  private static final class Nobody implements ReplicaStreams {
    @Override
    public Handle open(
        Kind kind, NodeId node, ByteString request, long deadlineNanos, Listener listener) {
      check(false, "nobody is asked where no replica is known");
      throw new IllegalStateException();
    }

    @Override
    public Future<ByteString> read(NodeId node, ByteString request, long deadlineNanos) {
      check(false, "nobody is asked where no replica is known");
      throw new IllegalStateException();
    }

    @Override
    public void serve(Kind kind, Handler handler) {}
  }
}
