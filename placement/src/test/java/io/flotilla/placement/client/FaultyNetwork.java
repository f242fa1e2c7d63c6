package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/// Connections between nodes that take their time, break with what is on its way, and go silent
/// without anybody being told.
final class FaultyNetwork {
  private static final long MAX_DELAY_MILLIS = 3;

  /// From one node to another.
  private record Way(NodeId from, NodeId to) {}

  private static final class State {
    boolean up;
    int connection;
    long lastMillis;
  }

  private final SimLoop loop;
  private final Random random;
  private final Map<NodeId, Links> links = new TreeMap<>();
  private final Map<String, State> states = new TreeMap<>();
  private final Set<Way> silent = new HashSet<>();
  private BiConsumer<NodeId, NodeId> onCut = (_, _) -> {};
  long framesLost;

  FaultyNetwork(SimLoop loop, Random random) {
    this.loop = loop;
    this.random = random;
  }

  /// The end of all connections of a node that starts.
  PeerLinks join(NodeId node) {
    var end = new Links(node);
    links.put(node, end);
    return end;
  }

  private State state(NodeId from, NodeId to) {
    return states.computeIfAbsent(from + ">" + to, _ -> new State());
  }

  void connect(NodeId a, NodeId b) {
    up(a, b);
    up(b, a);
  }

  private void up(NodeId from, NodeId to) {
    State state = state(from, to);
    if (!state.up && links.containsKey(from) && links.containsKey(to)) {
      state.up = true;
      tell(from, listener -> listener.onUp(to, PeerLinks.Lane.MESSAGES));
    }
  }

  /// Told when the connections between two nodes break.
  void onCut(BiConsumer<NodeId, NodeId> listener) {
    onCut = listener;
  }

  boolean isUp(NodeId from, NodeId to) {
    return state(from, to).up && links.containsKey(to);
  }

  /// Counts the connections from one node to another.
  int connection(NodeId from, NodeId to) {
    return state(from, to).connection;
  }

  /// Whether what was sent on a connection arrives now.
  boolean arrives(NodeId from, NodeId to, int connection) {
    boolean same = state(from, to).up && state(from, to).connection == connection;
    return same && !silent.contains(new Way(from, to)) && links.containsKey(to);
  }

  /// Both ways break; what is on its way is lost, and both ends hear of it.
  void cut(NodeId a, NodeId b) {
    onCut.accept(a, b);
    down(a, b);
    down(b, a);
  }

  private void down(NodeId from, NodeId to) {
    State state = state(from, to);
    if (state.up) {
      state.up = false;
      state.connection++;
      tell(from, listener -> listener.onDown(to, PeerLinks.Lane.MESSAGES));
    }
  }

  private void tell(NodeId node, java.util.function.Consumer<PeerLinks.Listener> what) {
    Links end = links.get(node);
    loop.execute(
        () -> {
          if (end != null && links.get(node) == end) {
            what.accept(end.listener);
          }
        });
  }

  /// What one sends to the other disappears, and nobody is told.
  void silence(NodeId from, NodeId to) {
    silent.add(new Way(from, to));
  }

  void endSilence() {
    silent.clear();
  }

  /// The process of a node is gone.
  void leave(NodeId node) {
    links.keySet().forEach(other -> cut(node, other));
    links.remove(node);
  }

  /// All that are there are connected, and hear each other.
  void heal() {
    endSilence();
    for (NodeId a : links.keySet()) {
      for (NodeId b : links.keySet()) {
        if (!a.equals(b)) {
          up(a, b);
        }
      }
    }
  }

  private boolean send(NodeId from, NodeId to, PeerLinks.Lane lane, Frame frame) {
    State state = state(from, to);
    if (!state.up || !links.containsKey(to)) {
      return false;
    }
    int connection = state.connection;
    long now = loop.wallMillis();
    long at = Math.max(state.lastMillis, now + random.nextLong(MAX_DELAY_MILLIS + 1));
    state.lastMillis = at;
    loop.after(
        at - now,
        () -> {
          if (state.connection != connection || silent.contains(new Way(from, to))) {
            framesLost++;
          } else {
            links.get(to).listener.onFrame(from, lane, frame);
          }
        });
    return true;
  }

  private final class Links implements PeerLinks {
    private final NodeId self;
    private Listener listener;

    Links(NodeId self) {
      this.self = self;
    }

    @Override
    public void listen(Listener newListener) {
      listener = newListener;
    }

    @Override
    public void follow(Map<NodeId, List<String>> peerUrls) {}

    @Override
    public boolean send(NodeId to, Lane lane, Frame frame) {
      return FaultyNetwork.this.send(self, to, lane, frame);
    }

    @Override
    public boolean isWritable(NodeId to, Lane lane) {
      return state(self, to).up;
    }

    @Override
    public void close() {}
  }
}
