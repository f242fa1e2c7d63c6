package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.raft.transport.StreamAnswers;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// Streams between replicas over the connections of a [FaultyNetwork]: they break with those, and
/// go silent with them.
final class FaultyStreams {
  static final ReplicaLimits LIMITS =
      new ReplicaLimits(1 << 20, 1 << 24, 1 << 16, 1 << 22, 500, 5_000, 1_000);

  private static final long MAX_DELAY_MILLIS = 3;

  private final SimLoop loop;
  private final Random random;
  private final FaultyNetwork network;
  private final UnaryOperator<ByteString> bend;
  private final Map<NodeId, Node> nodes = new TreeMap<>();
  private final List<Stream> open = new ArrayList<>();
  long answered;

  /// @param bend what becomes of questions on their way
  FaultyStreams(
      SimLoop loop, Random random, FaultyNetwork network, UnaryOperator<ByteString> bend) {
    this.loop = loop;
    this.random = random;
    this.network = network;
    this.bend = bend;
    network.onCut(this::cut);
  }

  /// The streams of a node that starts.
  ReplicaStreams join(NodeId id) {
    var node = new Node(id);
    nodes.put(id, node);
    return node;
  }

  private void cut(NodeId a, NodeId b) {
    for (Stream stream : List.copyOf(open)) {
      boolean between =
          (stream.asker.id.equals(a) && stream.to.equals(b))
              || (stream.asker.id.equals(b) && stream.to.equals(a));
      if (between) {
        loop.execute(() -> stream.fail(new Rejection.NoLeader()));
        loop.execute(stream::askerGone);
      }
    }
  }

  private final class Node implements ReplicaStreams {
    final NodeId id;
    final Map<Kind, Handler> handlers = new EnumMap<>(Kind.class);

    Node(NodeId id) {
      this.id = id;
    }

    @Override
    public Handle open(
        Kind kind, NodeId to, ByteString request, long deadlineNanos, Listener listener) {
      var stream = new Stream(this, to, listener);
      open.add(stream);
      loop.after(
          Math.max(1, (deadlineNanos - loop.nanoTime()) / 1_000_000),
          () -> stream.fail(new Rejection.TimedOut()));
      if (!network.isUp(id, to)) {
        loop.execute(() -> stream.fail(new Rejection.NoLeader()));
        return stream;
      }
      stream.travel(
          id,
          to,
          () -> {
            Handler handler = nodes.get(to).handlers.get(kind);
            if (handler == null) {
              stream.refuse(new Rejection.NoLeader());
            } else {
              handler.handle(id, bend.apply(request), deadlineNanos, stream);
            }
          });
      return stream;
    }

    @Override
    public Future<ByteString> read(NodeId to, ByteString request, long deadlineNanos) {
      var answer = new StreamAnswers.Gathering(LIMITS.answerBytes());
      Handle stream = open(Kind.READ, to, request, deadlineNanos, answer);
      answer.cancelWith(stream::cancel);
      return answer.whole();
    }

    @Override
    public void serve(Kind kind, Handler handler) {
      handlers.put(kind, handler);
    }
  }

  private final class Stream implements ReplicaStreams.Handle, ReplicaStreams.Sink {
    final Node asker;
    final NodeId to;
    private final ReplicaStreams.Listener listener;
    private long lastMillis;
    private boolean done;
    private boolean closed;
    private boolean gone;
    private Runnable onGone = () -> {};

    Stream(Node asker, NodeId to, ReplicaStreams.Listener listener) {
      this.asker = asker;
      this.to = to;
      this.listener = listener;
    }

    void travel(NodeId from, NodeId sink, Runnable arrival) {
      long now = loop.wallMillis();
      lastMillis = Math.max(lastMillis, now + random.nextLong(MAX_DELAY_MILLIS + 1));
      int connection = network.connection(from, sink);
      loop.after(
          lastMillis - now,
          () -> {
            if (network.arrives(from, sink, connection)) {
              arrival.run();
            }
          });
    }

    @Override
    public void pause() {}

    @Override
    public void resume() {}

    @Override
    public void cancel() {
      if (!done) {
        finish();
        travel(asker.id, to, this::askerGone);
      }
    }

    void fail(Rejection why) {
      if (!done) {
        finish();
        listener.onFailure(why);
      }
    }

    private void finish() {
      done = true;
      open.remove(this);
    }

    void askerGone() {
      if (!closed) {
        closed = true;
        gone = true;
        onGone.run();
      }
    }

    @Override
    public boolean isWritable() {
      return !closed;
    }

    @Override
    public boolean send(ByteString part) {
      if (!closed) {
        travel(to, asker.id, () -> onPart(part));
      }
      return true;
    }

    private void onPart(ByteString part) {
      if (!done) {
        listener.onPart(part);
      }
    }

    @Override
    public void onWritable(Runnable handler) {}

    @Override
    public void onGone(Runnable handler) {
      onGone = handler;
      if (gone) {
        handler.run();
      }
    }

    @Override
    public void end() {
      if (!closed) {
        closed = true;
        travel(
            to,
            asker.id,
            () -> {
              if (!done) {
                finish();
                answered++;
                listener.onEnd();
              }
            });
      }
    }

    @Override
    public void refuse(Rejection why) {
      if (!closed) {
        closed = true;
        travel(to, asker.id, () -> fail(why));
      }
    }
  }
}
