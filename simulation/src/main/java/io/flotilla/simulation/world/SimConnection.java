package io.flotilla.simulation.world;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.flotilla.raft.transport.PeerLinks.Listener;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One direction of one lane between two nodes, made again whenever it breaks: frames arrive in
/// order and whole, or they are lost with the connection.
///
/// A cut path loses nothing at first: what is sent waits, as TCP repeats it. When the cut lasts
/// longer than the patience of the keep-alive the connection breaks.
final class SimConnection {
  private static final int BUFFER_BYTES = 4 << 20;
  private static final int WRITABLE_BYTES = 256 << 10;
  private static final long KEEP_ALIVE_NANOS = 800 * Timeline.MILLI;
  private static final long RETRY_MIN_NANOS = 50 * Timeline.MILLI;
  private static final long RETRY_SPREAD_NANOS = 200 * Timeline.MILLI;
  private static final long LINGER_MAX_NANOS = 1500 * Timeline.MILLI;

  private enum State {
    DOWN,
    UP,
    DROPPED
  }

  /// A frame under way.
  private static final class InFlight {
    final long number;
    final byte[] bytes;
    Timeline.@Nullable Event arrival;

    InFlight(long number, byte[] bytes) {
      this.number = number;
      this.bytes = bytes;
    }
  }

  private final Network network;
  private final Timeline timeline;
  private final SimLinks from;
  private final NodeId to;
  private final Lane lane;
  private List<String> urls = List.of();
  private State state = State.DOWN;
  private @Nullable SimLinks target;
  private final NavigableMap<Long, InFlight> inFlight = new TreeMap<>();
  // before a cut, by number
  private final NavigableMap<Long, InFlight> stalled = new TreeMap<>();
  // at the receiver's machine, behind one that is not, by number
  private final NavigableMap<Long, InFlight> early = new TreeMap<>();
  private long sent;
  private long passedOn;
  private int bufferedBytes;
  private boolean full;
  private long lineFreeAtNanos;
  private long lastArrivalNanos;
  private boolean probing;
  private Timeline.@Nullable Event attempt;

  SimConnection(Network network, SimLinks from, NodeId to, Lane lane) {
    this.network = network;
    this.timeline = network.timeline();
    this.from = from;
    this.to = to;
    this.lane = lane;
  }

  void follow(List<String> newUrls) {
    boolean first = urls.isEmpty();
    urls = List.copyOf(newUrls);
    if (first) {
      connectAfter(network.random().nextLong(RETRY_MIN_NANOS));
    }
  }

  // ------------------------------------------------------------------- up and down

  private void connectAfter(long delayNanos) {
    attempt = timeline.after(delayNanos, from.life(), this::connect);
  }

  private void connect() {
    if (state != State.DOWN) {
      return;
    }
    SimLinks found = network.at(urls);
    if (found == null || !passes(found) || found.life().isPaused() || found.listener() == null) {
      retry();
      return;
    }
    long roundTrip = 2 * network.latencyNanos(machine(from), machine(found));
    attempt = timeline.after(roundTrip, from.life(), () -> onAnswered(found));
  }

  private boolean passes(SimLinks found) {
    NetworkWeather weather = network.weather();
    return !weather.isCut(machine(from), machine(found))
        && !weather.isCut(machine(found), machine(from));
  }

  private void onAnswered(SimLinks found) {
    if (state != State.DOWN) {
      return;
    }
    boolean isThere = found == network.at(urls) && !found.life().isOver() && passes(found);
    if (isThere && found.hasLetGo(from.self().node())) {
      tell(Listener::onRemoved);
      retry();
    } else if (isThere
        && found.self().node().equals(to)
        && found.letsIn(from.self().node(), from.self().clusterId())) {
      state = State.UP;
      target = found;
      lastArrivalNanos = timeline.nowNanos();
      lineFreeAtNanos = lastArrivalNanos;
      tell(listener -> listener.onUp(to, lane));
    } else {
      retry();
    }
  }

  private void retry() {
    connectAfter(RETRY_MIN_NANOS + network.random().nextLong(RETRY_SPREAD_NANOS));
  }

  private void tell(Consumer<Listener> what) {
    Listener listener = from.listener();
    if (listener != null && state != State.DROPPED) {
      what.accept(listener);
    }
  }

  /// The connection is gone, and the sender hears of it.
  private void broke() {
    if (state != State.UP) {
      return;
    }
    state = State.DOWN;
    network.probes().hit(Probe.CONNECTION_BROKE);
    loseWhatIsUnderWay();
    target = null;
    retry();
    tell(listener -> listener.onDown(to, lane));
  }

  private void loseWhatIsUnderWay() {
    boolean lingers = network.random().nextDouble() < network.weather().lingering();
    long extra = lingers ? network.random().nextLong(LINGER_MAX_NANOS) : 0;
    for (InFlight frame : inFlight.values()) {
      Timeline.Event arrival = frame.arrival;
      if (arrival != null) {
        arrival.cancel();
      }
      SimLinks receiver = target;
      if (lingers && receiver != null) {
        network.probes().hit(Probe.FRAMES_ARRIVED_LATE);
        timeline.after(extra, receiver.life(), () -> deliver(receiver, frame));
      }
    }
    inFlight.clear();
    stalled.clear();
    early.clear();
    passedOn = sent;
    bufferedBytes = 0;
    full = false;
    probing = false;
  }

  /// The owner lets the other node go, or ends itself.
  void drop() {
    state = State.DROPPED;
    inFlight.clear();
    stalled.clear();
    Timeline.Event waiting = attempt;
    if (waiting != null) {
      waiting.cancel();
    }
  }

  void peerVanished(boolean silently) {
    if (state == State.UP) {
      long delay = silently ? KEEP_ALIVE_NANOS : network.latencyNanos(machine(from), machine(from));
      SimLinks was = target;
      timeline.after(delay, from.life(), () -> brokeWith(was));
    }
  }

  /// Unless there is another connection meanwhile.
  private void brokeWith(@Nullable SimLinks peer) {
    if (target == peer) {
      broke();
    }
  }

  // ------------------------------------------------------------------- frames

  boolean send(Frame frame) {
    SimLinks receiver = target;
    if (state != State.UP || receiver == null || bufferedBytes >= BUFFER_BYTES) {
      return false;
    }
    var frameSent = new InFlight(++sent, frame.toByteArray());
    bufferedBytes += frameSent.bytes.length;
    full |= bufferedBytes >= WRITABLE_BYTES;
    if (network.random().nextDouble() < network.weather().breaks()) {
      timeline.after(0, from.life(), () -> brokeWith(receiver));
    } else if (network.weather().isCut(machine(from), machine(receiver))) {
      stall(receiver, frameSent);
    } else {
      launch(receiver, frameSent);
    }
    return true;
  }

  private void launch(SimLinks receiver, InFlight frame) {
    int source = machine(from);
    int sink = machine(receiver);
    lineFreeAtNanos =
        Math.max(lineFreeAtNanos, timeline.nowNanos())
            + network.transmissionNanos(source, sink, frame.bytes.length);
    lastArrivalNanos =
        Math.max(lastArrivalNanos, lineFreeAtNanos + network.latencyNanos(source, sink));
    inFlight.put(frame.number, frame);
    frame.arrival = timeline.at(lastArrivalNanos, null, () -> arrive(receiver, frame));
  }

  /// At the receiver's machine; its process may be paused or gone.
  private void arrive(SimLinks receiver, InFlight frame) {
    inFlight.remove(frame.number);
    if (network.weather().isCut(machine(from), machine(receiver))) {
      stall(receiver, frame);
      return;
    }
    early.put(frame.number, frame);
    while (!early.isEmpty() && early.firstKey() == passedOn + 1) {
      InFlight next = early.pollFirstEntry().getValue();
      passedOn = next.number;
      bufferedBytes -= next.bytes.length;
      timeline.after(0, receiver.life(), () -> deliver(receiver, next));
    }
    if (full && bufferedBytes < WRITABLE_BYTES) {
      full = false;
      timeline.after(0, from.life(), () -> tell(listener -> listener.onWritable(to, lane)));
    }
  }

  private void stall(SimLinks receiver, InFlight frame) {
    stalled.put(frame.number, frame);
    probe(receiver);
  }

  private void deliver(SimLinks receiver, InFlight frame) {
    Listener listener = receiver.listener();
    if (listener == null) {
      return;
    }
    Frame decoded = decode(frame.bytes);
    timeline.note(Arrays.hashCode(frame.bytes));
    network.delivered(from.self().node(), receiver.self().node(), lane, decoded);
    listener.onFrame(from.self().node(), lane, decoded);
  }

  private static Frame decode(byte[] bytes) {
    try {
      return Frame.parseFrom(bytes);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("a frame is what was sent", impossible);
    }
  }

  /// Something waits before a cut: looks again and again whether it goes on, or breaks.
  private void probe(SimLinks receiver) {
    if (probing) {
      return;
    }
    probing = true;
    long until = timeline.nowNanos() + KEEP_ALIVE_NANOS;
    lookAgain(receiver, until);
  }

  private void lookAgain(SimLinks receiver, long untilNanos) {
    timeline.after(
        RETRY_MIN_NANOS,
        from.life(),
        () -> {
          if (target != receiver || state != State.UP) {
            return;
          }
          if (!network.weather().isCut(machine(from), machine(receiver))) {
            probing = false;
            List<InFlight> waiting = List.copyOf(stalled.values());
            stalled.clear();
            waiting.forEach(frame -> launch(receiver, frame));
          } else if (timeline.nowNanos() >= untilNanos) {
            broke();
          } else {
            lookAgain(receiver, untilNanos);
          }
        });
  }

  boolean isWritable() {
    return state == State.UP && bufferedBytes < WRITABLE_BYTES;
  }

  private static int machine(SimLinks links) {
    return links.self().machine();
  }
}
