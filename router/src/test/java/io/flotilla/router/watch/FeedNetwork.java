package io.flotilla.router.watch;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Streams between nodes on one virtual loop. What was sent stays on the way until the test
/// delivers it; lines break, or fall silent for ever.
final class FeedNetwork {
  private static final int PARTS_MAX = 40;

  private final VirtualLoop loop;
  private final int writableParts;
  private final Map<NodeId, ReplicaStreams.Handler> handlers = new HashMap<>();
  private final List<Line> lines = new ArrayList<>();
  private boolean held;

  /// @param writableParts so many on the way, and a sender has to wait
  FeedNetwork(VirtualLoop loop, int writableParts) {
    this.loop = loop;
    this.writableParts = writableParts;
  }

  ReplicaStreams at(NodeId self) {
    return new Streams(self);
  }

  /// The node answers nobody any more until it serves again; its streams break.
  void crash(NodeId node) {
    List.copyOf(lines).stream().filter(line -> line.node.equals(node)).forEach(Line::breakOff);
  }

  void breakOne(Random random) {
    if (!lines.isEmpty()) {
      lines.get(random.nextInt(lines.size())).breakOff();
    }
  }

  /// One stream brings nothing any more, and nobody is told.
  void silenceOne(Random random) {
    if (!lines.isEmpty()) {
      lines.get(random.nextInt(lines.size())).silent = true;
    }
  }

  /// Whether all that is sent stays on the way.
  void holdAll(boolean wanted) {
    held = wanted;
  }

  /// Parts that were not delivered.
  int onTheWay() {
    return lines.stream().mapToInt(line -> line.parts.size()).sum();
  }

  void deliverOne(Random random) {
    if (!lines.isEmpty()) {
      lines.get(random.nextInt(lines.size())).deliver();
    }
  }

  /// Whether anything was.
  boolean deliverAll() {
    boolean any = false;
    for (Line line : List.copyOf(lines)) {
      while (line.deliver()) {
        any = true;
      }
    }
    return any;
  }

  private final class Line implements ReplicaStreams.Sink, ReplicaStreams.Handle {
    final NodeId node;
    private final ReplicaStreams.Listener listener;
    private final Deque<Runnable> parts = new ArrayDeque<>();
    private Runnable onWritable = () -> {};
    private Runnable onGone = () -> {};
    private boolean silent;
    private boolean over;
    private boolean muted;

    Line(NodeId node, ReplicaStreams.Listener listener) {
      this.node = node;
      this.listener = listener;
      lines.add(this);
    }

    boolean deliver() {
      if (held || silent || parts.isEmpty()) {
        return false;
      }
      boolean blocked = !isWritable();
      Runnable part = parts.remove();
      if (blocked && isWritable() && !over) {
        onWritable.run();
      }
      part.run();
      return true;
    }

    void breakOff() {
      parts.clear();
      gone();
      fail(new Rejection.NoLeader());
    }

    private void fail(Rejection why) {
      lines.remove(this);
      loop.execute(
          () -> {
            if (!muted) {
              muted = true;
              listener.onFailure(why);
            }
          });
    }

    private void gone() {
      if (!over) {
        over = true;
        loop.execute(() -> onGone.run());
      }
    }

    @Override
    public boolean isWritable() {
      return parts.size() < writableParts;
    }

    @Override
    public boolean send(ByteString part) {
      if (over) {
        return true;
      }
      if (parts.size() == PARTS_MAX) {
        over = true;
        fail(new Rejection.TooManyRequests());
        return false;
      }
      parts.add(
          () -> {
            if (!muted) {
              listener.onPart(part);
            }
          });
      return true;
    }

    @Override
    public void onWritable(Runnable handler) {
      onWritable = handler;
    }

    @Override
    public void onGone(Runnable handler) {
      onGone = handler;
      if (over) {
        handler.run();
      }
    }

    @Override
    public void end() {
      over = true;
      parts.add(
          () -> {
            lines.remove(this);
            if (!muted) {
              muted = true;
              listener.onEnd();
            }
          });
    }

    @Override
    public void refuse(Rejection why) {
      over = true;
      parts.add(() -> fail(why));
    }

    @Override
    public void pause() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void resume() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void cancel() {
      muted = true;
      lines.remove(this);
      gone();
    }
  }

  private final class Streams implements ReplicaStreams {
    private final NodeId self;

    Streams(NodeId self) {
      this.self = self;
    }

    @Override
    public Handle open(
        Kind kind, NodeId node, ByteString request, long deadlineNanos, Listener listener) {
      var line = new Line(node, listener);
      loop.execute(
          () -> {
            ReplicaStreams.Handler handler = handlers.get(node);
            if (handler == null) {
              line.breakOff();
            } else {
              handler.handle(self, request, deadlineNanos, line);
            }
          });
      return line;
    }

    @Override
    public Future<ByteString> read(NodeId node, ByteString request, long deadlineNanos) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void serve(Kind kind, Handler handler) {
      handlers.put(self, handler);
    }
  }
}
