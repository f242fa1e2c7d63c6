package io.flotilla.raft.snapshot;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.transport.SnapshotLane;
import io.flotilla.raft.transport.SnapshotPort;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The lanes for snapshots between nodes on one loop. Frames arrive in order, a millisecond later,
/// unless the connection breaks before, or a test changes them.
public final class SimNet {
  /// What a changed frame becomes when it is lost.
  static final @Nullable Frame LOST = null;

  private record Pair(NodeId from, NodeId to) {}

  private final Scheduler loop;
  private final Map<NodeId, SnapshotPort> ports = new HashMap<>();
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

  /// What arrives at a node is for `port` from now on.
  public void listen(NodeId node, SnapshotPort port) {
    ports.put(node, port);
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
      tell(from, port -> port.onDown(to));
    }
  }

  public void join(NodeId one, NodeId other) {
    joinOne(one, other);
    joinOne(other, one);
  }

  private void joinOne(NodeId from, NodeId to) {
    if (down.remove(new Pair(from, to))) {
      tell(from, port -> port.onUp(to));
    }
  }

  private void tell(NodeId node, Consumer<SnapshotPort> what) {
    loop.execute(
        () -> {
          SnapshotPort port = ports.get(node);
          if (port != null) {
            what.accept(port);
          }
        });
  }

  /// Nobody listens at this node until it listens again.
  void silence(NodeId node) {
    ports.remove(node);
  }

  public SnapshotLane laneOf(NodeId self) {
    return new Lane(self);
  }

  private final class Lane implements SnapshotLane {
    private final NodeId self;

    Lane(NodeId self) {
      this.self = self;
    }

    @Override
    public boolean send(NodeId to, SnapshotPart part) {
      return send(to, Frame.newBuilder().addSnapshotParts(part).build());
    }

    @Override
    public boolean send(NodeId to, SnapshotProgress progress) {
      return send(to, Frame.newBuilder().addSnapshotProgress(progress).build());
    }

    private boolean send(NodeId to, Frame frame) {
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
      loop.after(1, () -> arrive(pair, connection, arriving));
      return true;
    }

    private void arrive(Pair pair, int connection, Frame frame) {
      if (connections.getOrDefault(pair, 0) != connection) {
        return;
      }
      int left = underWay.merge(pair, -1, Integer::sum);
      SnapshotPort port = ports.get(pair.to());
      if (port != null) {
        frame.getSnapshotPartsList().forEach(part -> port.onPart(pair.from(), part));
        frame.getSnapshotProgressList().forEach(each -> port.onProgress(pair.from(), each));
      }
      if (left == roomFrames - 1) {
        tell(pair.from(), there -> there.onWritable(pair.to()));
      }
    }

    @Override
    public boolean isWritable(NodeId to) {
      var pair = new Pair(self, to);
      return !down.contains(pair) && underWay.getOrDefault(pair, 0) < roomFrames;
    }
  }
}
