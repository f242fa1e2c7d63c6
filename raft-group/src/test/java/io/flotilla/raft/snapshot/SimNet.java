package io.flotilla.raft.snapshot;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A network between nodes on one loop. Frames arrive in order, a millisecond later, unless the
/// connection breaks before, or a test changes them.
public final class SimNet {
  /// What a changed frame becomes when it is lost.
  static final @Nullable Frame LOST = null;

  private record Pair(NodeId from, NodeId to) {}

  private final Scheduler loop;
  private final Map<NodeId, PeerLinks.Listener> listeners = new HashMap<>();
  private final Set<Pair> down = new HashSet<>();
  private final Map<Pair, Integer> connections = new HashMap<>();
  private final Map<Pair, Integer> underWay = new HashMap<>();
  /// Looks at each frame that was sent and says what arrives.
  UnaryOperator<@Nullable Frame> wire = frame -> frame;

  long frames;
  int roomFrames = 4;

  public SimNet(Scheduler loop) {
    this.loop = loop;
  }

  /// Breaks the connections between two nodes, with all that is under way.
  public void cut(NodeId one, NodeId other) {
    cutOne(one, other);
    cutOne(other, one);
  }

  private void cutOne(NodeId from, NodeId to) {
    var pair = new Pair(from, to);
    if (down.add(pair)) {
      connections.merge(pair, 1, Integer::sum);
      underWay.remove(pair);
      tell(from, listener -> listener.onDown(to, PeerLinks.Lane.SNAPSHOTS));
    }
  }

  public void join(NodeId one, NodeId other) {
    joinOne(one, other);
    joinOne(other, one);
  }

  private void joinOne(NodeId from, NodeId to) {
    if (down.remove(new Pair(from, to))) {
      tell(from, listener -> listener.onUp(to, PeerLinks.Lane.SNAPSHOTS));
    }
  }

  private void tell(NodeId node, java.util.function.Consumer<PeerLinks.Listener> what) {
    loop.execute(
        () -> {
          PeerLinks.Listener listener = listeners.get(node);
          if (listener != null) {
            what.accept(listener);
          }
        });
  }

  /// Nobody listens at this node until it listens again.
  void silence(NodeId node) {
    listeners.remove(node);
  }

  public PeerLinks linksOf(NodeId self) {
    return new Links(self);
  }

  private final class Links implements PeerLinks {
    private final NodeId self;

    Links(NodeId self) {
      this.self = self;
    }

    @Override
    public void listen(Listener listener) {
      listeners.put(self, listener);
    }

    @Override
    public void follow(Map<NodeId, List<String>> peerUrls) {}

    @Override
    public boolean send(NodeId to, Lane lane, Frame frame) {
      var pair = new Pair(self, to);
      if (down.contains(pair)) {
        return false;
      }
      frames++;
      Frame arriving = wire.apply(frame);
      if (arriving == null || down.contains(pair)) {
        return true;
      }
      int connection = connections.getOrDefault(pair, 0);
      underWay.merge(pair, 1, Integer::sum);
      loop.after(1, () -> arrive(pair, connection, lane, arriving));
      return true;
    }

    private void arrive(Pair pair, int connection, Lane lane, Frame frame) {
      if (connections.getOrDefault(pair, 0) != connection) {
        return;
      }
      int left = underWay.merge(pair, -1, Integer::sum);
      Listener listener = listeners.get(pair.to());
      if (listener != null) {
        listener.onFrame(pair.from(), lane, frame);
      }
      if (left == roomFrames - 1) {
        tell(pair.from(), there -> there.onWritable(pair.to(), lane));
      }
    }

    @Override
    public boolean isWritable(NodeId to, Lane lane) {
      var pair = new Pair(self, to);
      return !down.contains(pair) && underWay.getOrDefault(pair, 0) < roomFrames;
    }

    @Override
    public void close() {
      listeners.remove(self);
    }
  }

  /// Hands what arrives to `port`, as the hub of a node does.
  public static PeerLinks.Listener listener(io.flotilla.raft.transport.SnapshotPort port) {
    return new PeerLinks.Listener() {
      @Override
      public void onFrame(NodeId from, PeerLinks.Lane lane, Frame frame) {
        frame.getSnapshotPartsList().forEach(part -> port.onPart(from, part));
        frame.getSnapshotProgressList().forEach(progress -> port.onProgress(from, progress));
      }

      @Override
      public void onUp(NodeId node, PeerLinks.Lane lane) {
        port.onUp(node);
      }

      @Override
      public void onDown(NodeId node, PeerLinks.Lane lane) {
        port.onDown(node);
      }

      @Override
      public void onWritable(NodeId node, PeerLinks.Lane lane) {
        port.onWritable(node);
      }

      @Override
      public void onRemoved() {}
    };
  }
}
