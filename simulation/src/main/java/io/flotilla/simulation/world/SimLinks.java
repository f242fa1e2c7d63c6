package io.flotilla.simulation.world;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The connections of one process over the simulated [Network].
public final class SimLinks implements PeerLinks {
  /// Who the process is.
  ///
  /// @param machine for the network's weather
  public record Self(NodeId node, int machine, long clusterId, List<String> urls) {}

  private final Network network;
  private final Self self;
  private final Life life;
  private final Map<NodeId, Map<Lane, SimConnection>> connections = new TreeMap<>();
  private final Set<NodeId> removed = new HashSet<>();
  private Map<NodeId, List<String>> urls = Map.of();
  private @Nullable Listener listener;
  private @Nullable SimStreams streams;
  private boolean closed;

  public SimLinks(Network network, Self self, Life life) {
    this.network = network;
    this.self = self;
    this.life = life;
    self.urls().forEach(url -> network.listen(url, this));
  }

  Self self() {
    return self;
  }

  Life life() {
    return life;
  }

  @Override
  public void listen(Listener newListener) {
    listener = newListener;
  }

  /// The streams of the process end with its links.
  void carry(SimStreams carried) {
    streams = carried;
  }

  @Nullable SimStreams streams() {
    return streams;
  }

  /// Where a node is reached; none for one that is not followed.
  List<String> urlsOf(NodeId node) {
    return urls.getOrDefault(node, List.of());
  }

  @Override
  public void follow(Map<NodeId, List<String>> peerUrls) {
    urls = Map.copyOf(peerUrls);
    for (NodeId known : List.copyOf(connections.keySet())) {
      if (!peerUrls.containsKey(known)) {
        removed.add(known);
        connections.remove(known).values().forEach(SimConnection::drop);
      }
    }
    peerUrls.forEach(this::follow);
  }

  private void follow(NodeId node, List<String> urls) {
    if (node.equals(self.node())) {
      return;
    }
    removed.remove(node);
    Map<Lane, SimConnection> lanes = connections.computeIfAbsent(node, _ -> new TreeMap<>());
    for (Lane lane : Lane.values()) {
      SimConnection connection = lanes.get(lane);
      if (connection == null) {
        connection = new SimConnection(network, this, node, lane);
        lanes.put(lane, connection);
      }
      connection.follow(urls);
    }
  }

  /// Whether this process talks to that node, as it does by default.
  ///
  /// A node that was let go is told that it was removed.
  boolean letsIn(NodeId node, long clusterId) {
    return clusterId == self.clusterId() && !removed.contains(node);
  }

  boolean hasLetGo(NodeId node) {
    return removed.contains(node);
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    SimConnection connection = connection(to, lane);
    return connection != null && connection.send(frame);
  }

  @Override
  public boolean isWritable(NodeId to, Lane lane) {
    SimConnection connection = connection(to, lane);
    return connection != null && connection.isWritable();
  }

  private @Nullable SimConnection connection(NodeId to, Lane lane) {
    Map<Lane, SimConnection> lanes = connections.get(to);
    return lanes == null ? null : lanes.get(lane);
  }

  /// For the ends of connections: whoever listens, unless closed.
  @Nullable Listener listener() {
    return closed ? null : listener;
  }

  @Override
  public void close() {
    closed = true;
    List<Map<Lane, SimConnection>> all = new ArrayList<>(connections.values());
    connections.clear();
    all.forEach(lanes -> lanes.values().forEach(SimConnection::drop));
    if (streams != null) {
      streams.close();
    }
    vanish(false);
  }

  /// The process is gone, or its machine. Others notice: of a process its system tells them, of a
  /// machine nobody does.
  void vanish(boolean silently) {
    network.leave(this);
    for (SimLinks other : network.all()) {
      other.peerVanished(this, silently);
    }
  }

  private void peerVanished(SimLinks peer, boolean silently) {
    if (streams != null) {
      streams.peerVanished(peer, silently);
    }
    Map<Lane, SimConnection> lanes = connections.get(peer.self().node());
    if (lanes != null) {
      lanes.values().forEach(connection -> connection.peerVanished(silently));
    }
  }
}
