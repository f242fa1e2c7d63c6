package io.flotilla.simulation.world;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.transport.ReplicaStreams;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// One stream between two processes. What is said arrives in order, or the stream breaks, which
/// both ends hear as far as they live. A cut path loses nothing at first; when it lasts the stream
/// breaks.
final class SimStream implements ReplicaStreams.Handle, ReplicaStreams.Sink {
  private static final long KEEP_ALIVE_NANOS = 800 * Timeline.MILLI;
  private static final long LOOK_NANOS = 50 * Timeline.MILLI;

  private final SimStreams asker;
  private final ReplicaStreams.Kind kind;
  private final ReplicaStreams.Listener listener;
  private final Network network;
  private final Timeline timeline;
  private @Nullable SimStreams answerer;
  private final Way questions = new Way();
  private final Way answers = new Way();
  private final Queue<ByteString> held = new ArrayDeque<>();
  private boolean finished;
  private @Nullable Rejection refusal;
  private boolean paused;
  private long queuedBytes;
  private boolean roomWanted;
  private boolean askerDone;
  private boolean answererDone;
  private boolean gone;
  private Runnable onWritable = () -> {};
  private Runnable onGone = () -> {};

  SimStream(SimStreams asker, ReplicaStreams.Kind kind, ReplicaStreams.Listener listener) {
    this.asker = asker;
    this.kind = kind;
    this.listener = listener;
    this.network = asker.network();
    this.timeline = network.timeline();
  }

  // ------------------------------------------------------------------- the question

  void begin(NodeId node, ByteString request, long deadlineNanos) {
    asker.opened(this);
    if (deadlineNanos != ReplicaStreams.NO_DEADLINE) {
      long left = Math.max(1, deadlineNanos - asker.clock().nanoTime());
      timeline.after(left, asker.links().life(), () -> fail(new Rejection.TimedOut()));
    }
    SimLinks found = network.at(asker.links().urlsOf(node));
    boolean isThere = found != null && found.self().node().equals(node) && !found.life().isOver();
    if (!isThere || found.streams() == null) {
      soon(asker, () -> fail(new Rejection.NoLeader()));
      return;
    }
    SimStreams there = found.streams();
    answerer = there;
    there.opened(this);
    travel(asker, there, request.size(), () -> onQuestion(there, request, deadlineNanos));
  }

  private void onQuestion(SimStreams there, ByteString request, long deadlineNanos) {
    SimLinks.Self from = asker.links().self();
    ReplicaStreams.Handler handler = there.handler(kind);
    if (handler == null || !there.links().letsIn(from.node(), from.clusterId())) {
      refuse(new Rejection.NoLeader());
      return;
    }
    long left = deadlineNanos - asker.clock().nanoTime();
    boolean bounded = deadlineNanos != ReplicaStreams.NO_DEADLINE;
    handler.handle(
        from.node(),
        request,
        bounded ? there.clock().nanoTime() + left : ReplicaStreams.NO_DEADLINE,
        this);
  }

  // ------------------------------------------------------------------- the way

  private void soon(SimStreams whose, Runnable task) {
    timeline.after(0, whose.links().life(), task);
  }

  private void travel(SimStreams from, SimStreams to, int bytes, Runnable arrival) {
    if (network.random().nextDouble() < network.weather().breaks()) {
      timeline.after(0, null, this::broke);
    } else {
      (from == asker ? questions : answers).send(from, to, bytes, arrival);
    }
  }

  /// Something under way.
  private static final class InFlight {
    final Runnable arrival;
    boolean isThere;

    InFlight(Runnable arrival) {
      this.arrival = arrival;
    }
  }

  /// One direction.
  private final class Way {
    private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    private long lastNanos;
    private long cutSinceNanos = -1;

    void send(SimStreams from, SimStreams to, int bytes, Runnable arrival) {
      int source = from.links().self().machine();
      int sink = to.links().self().machine();
      long takes =
          network.transmissionNanos(source, sink, bytes) + network.latencyNanos(source, sink);
      lastNanos = Math.max(timeline.nowNanos() + takes, lastNanos);
      var sent = new InFlight(arrival);
      inFlight.add(sent);
      timeline.at(
          lastNanos,
          null,
          () -> {
            sent.isThere = true;
            pass(source, sink, to);
          });
    }

    /// What comes behind a cut waits for its end, and all behind it.
    private void pass(int source, int sink, SimStreams to) {
      while (!inFlight.isEmpty() && inFlight.peek().isThere) {
        if (network.weather().isCut(source, sink)) {
          wait(source, sink, to);
          return;
        }
        cutSinceNanos = -1;
        timeline.after(0, to.links().life(), inFlight.remove().arrival);
      }
    }

    private void wait(int source, int sink, SimStreams to) {
      long now = timeline.nowNanos();
      cutSinceNanos = cutSinceNanos < 0 ? now : cutSinceNanos;
      if (now - cutSinceNanos >= KEEP_ALIVE_NANOS) {
        inFlight.clear();
        broke();
      } else {
        timeline.after(LOOK_NANOS, null, () -> pass(source, sink, to));
      }
    }
  }

  /// Nobody can be reached on it any more.
  private void broke() {
    network.probes().hit(Probe.CONNECTION_BROKE);
    soon(asker, () -> fail(new Rejection.NoLeader()));
    SimStreams there = answerer;
    if (there != null) {
      soon(there, this::onAskerGone);
    }
  }

  /// One of the two processes ends in good order.
  void endOf(SimStreams process) {
    if (process == asker) {
      fail(new Rejection.Stopped());
    }
  }

  void peerVanished(SimLinks peer, boolean silently) {
    SimStreams there = answerer;
    if (asker.links() != peer && (there == null || there.links() != peer)) {
      return;
    }
    timeline.after(silently ? KEEP_ALIVE_NANOS : 0, null, this::broke);
  }

  // ------------------------------------------------------------------- the answering end

  @Override
  public boolean isWritable() {
    boolean writable = !answererDone && queuedBytes < asker.limits().writableBytes();
    roomWanted |= !writable;
    return writable;
  }

  @Override
  public boolean send(ByteString part) {
    SimStreams there = answerer;
    if (answererDone || there == null) {
      return true;
    }
    int bytes = part.size();
    if (bytes > asker.limits().partBytes() || queuedBytes + bytes > asker.limits().queuedBytes()) {
      refuse(new Rejection.TooManyRequests());
      return false;
    }
    queuedBytes += bytes;
    travel(there, asker, bytes, () -> onPart(part));
    return true;
  }

  @Override
  public void onWritable(Runnable handler) {
    onWritable = handler;
  }

  @Override
  public void onGone(Runnable handler) {
    onGone = handler;
    if (gone) {
      handler.run();
    }
  }

  @Override
  public void end() {
    close(null);
  }

  @Override
  public void refuse(Rejection why) {
    close(why);
  }

  private void close(@Nullable Rejection why) {
    SimStreams there = answerer;
    if (!answererDone && there != null) {
      finishAnswerer();
      travel(there, asker, 0, () -> onClosed(why));
    }
  }

  private void onAskerGone() {
    if (!answererDone) {
      finishAnswerer();
      gone = true;
      onGone.run();
    }
  }

  private void finishAnswerer() {
    answererDone = true;
    if (answerer != null) {
      answerer.ended(this);
    }
  }

  // ------------------------------------------------------------------- the asking end

  private void onPart(ByteString part) {
    if (askerDone) {
      return;
    }
    held.add(part);
    drain();
  }

  private void onClosed(@Nullable Rejection why) {
    finished = true;
    refusal = why;
    drain();
  }

  private void drain() {
    while (!paused && !askerDone && !held.isEmpty()) {
      ByteString part = held.remove();
      taken(part.size());
      listener.onPart(part);
    }
    if (finished && held.isEmpty() && !askerDone) {
      finishAsker();
      if (refusal == null) {
        listener.onEnd();
      } else {
        listener.onFailure(refusal);
      }
    }
  }

  private void taken(int bytes) {
    SimStreams there = answerer;
    queuedBytes -= bytes;
    if (there != null && roomWanted && queuedBytes <= asker.limits().writableBytes() / 2) {
      roomWanted = false;
      soon(
          there,
          () -> {
            if (!answererDone) {
              onWritable.run();
            }
          });
    }
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
    soon(asker, this::drain);
  }

  @Override
  public void cancel() {
    if (!askerDone) {
      finishAsker();
      SimStreams there = answerer;
      if (there != null) {
        travel(asker, there, 0, this::onAskerGone);
      }
    }
  }

  void fail(Rejection why) {
    if (!askerDone) {
      finishAsker();
      listener.onFailure(why);
      SimStreams there = answerer;
      if (there != null) {
        travel(asker, there, 0, this::onAskerGone);
      }
    }
  }

  private void finishAsker() {
    askerDone = true;
    held.clear();
    asker.ended(this);
  }
}
