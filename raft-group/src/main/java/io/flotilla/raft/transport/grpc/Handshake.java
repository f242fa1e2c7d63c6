package io.flotilla.raft.transport.grpc;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Hello;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Who this node says it is, and whom it talks to.
///
/// @param clusterId never 0
record Handshake(long clusterId, NodeId self) {
  static final int VERSION = 1;
  static final int OLDEST_VERSION = 1;

  Hello helloTo(NodeId node) {
    return Hello.newBuilder()
        .setClusterId(clusterId)
        .setFromNode(self.value())
        .setToNode(node.value())
        .setProtocolVersion(VERSION)
        .setOldestProtocolVersion(OLDEST_VERSION)
        .build();
  }

  /// Why a node that says this is not talked to; null if it is.
  ///
  /// @param removed says who is no longer of the cluster
  @Nullable Refusal refusalOf(Hello hello, Predicate<NodeId> removed) {
    var from = new NodeId(hello.getFromNode());
    if (from.equals(NodeId.NONE)) {
      return Refusal.MALFORMED;
    }
    if (hello.getClusterId() != clusterId) {
      return Refusal.FOREIGN_CLUSTER;
    }
    if (removed.test(from)) {
      return Refusal.REMOVED;
    }
    if (hello.getToNode() != self.value() || from.equals(self)) {
      return Refusal.WRONG_NODE;
    }
    boolean common =
        Integer.compareUnsigned(hello.getProtocolVersion(), OLDEST_VERSION) >= 0
            && Integer.compareUnsigned(hello.getOldestProtocolVersion(), VERSION) <= 0;
    return common ? null : Refusal.INCOMPATIBLE;
  }

  /// Why the node that answers this is not the one called, or is not talked to; null if it is.
  @Nullable Refusal refusalOfAnswer(Hello hello, NodeId called) {
    Refusal refusal = refusalOf(hello, _ -> false);
    boolean other = hello.getFromNode() != called.value();
    return refusal == null && other ? Refusal.WRONG_NODE : refusal;
  }
}
