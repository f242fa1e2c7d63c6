package io.flotilla.node.run;

import io.flotilla.base.NodeId;
import io.flotilla.node.cluster.ClusterProbe;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;

/// The sockets to other nodes.
final class Network {
  Network(Vertx vertx, NodeConfig config) {}

  ClusterProbe probe() {
    return (url, timeoutMillis) -> Future.failedFuture("not linked");
  }

  PeerLinks links() {
    return new PeerLinks() {
      @Override
      public void listen(Listener listener) {}

      @Override
      public void follow(Map<NodeId, List<String>> peerUrls) {}

      @Override
      public boolean send(NodeId to, Lane lane, Frame frame) {
        return false;
      }

      @Override
      public boolean isWritable(NodeId to, Lane lane) {
        return false;
      }

      @Override
      public void close() {}
    };
  }
}
