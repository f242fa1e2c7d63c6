package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// What is counted and timed between nodes. Rows of docs/metrics.md. Any thread.
public final class PeerMetrics {
  /// Why something was dropped.
  public enum Drop {
    /// There is no connection to the node.
    UNREACHABLE,
    /// More waits for the node than may.
    OVERFLOW,
    /// A message, call or reply is larger than any node takes.
    TOO_LARGE,
    /// A peer said what nobody says.
    MALFORMED
  }

  /// As etcd has them: from 0.1 ms to 3.3 s.
  private static final Duration[] ROUND_TRIP_BOUNDS =
      Stream.iterate(Duration.ofNanos(100_000), bound -> bound.multipliedBy(2))
          .limit(16)
          .toArray(Duration[]::new);

  private final MeterRegistry registry;
  private final NodeId self;
  private final Map<NodeId, OfPeer> peers = new ConcurrentHashMap<>();
  private final Counter[] dropped = new Counter[Drop.values().length];
  private final AtomicInteger callsInFlight = new AtomicInteger();
  private final Counter framesSent;
  private final Counter framesReceived;
  private final Counter messagesSent;
  private final Counter messagesReceived;

  /// @param registry gets etcd's names where the meaning is equal
  public PeerMetrics(MeterRegistry registry, NodeId self) {
    this.registry = registry;
    this.self = self;
    for (Drop why : Drop.values()) {
      dropped[why.ordinal()] =
          Counter.builder("flotilla.peer.dropped")
              .description("Messages, calls and replies between nodes that were dropped")
              .tag("reason", why.name().toLowerCase(java.util.Locale.ROOT))
              .register(registry);
    }
    Gauge.builder("flotilla.peer.calls.pending", callsInFlight, AtomicInteger::get)
        .description("Calls to other nodes that wait for a reply")
        .register(registry);
    framesSent = counter("flotilla.peer.frames.sent", "Frames sent to other nodes");
    framesReceived = counter("flotilla.peer.frames.received", "Frames of other nodes");
    messagesSent = counter("flotilla.peer.messages.sent", "Raft messages sent to other nodes");
    messagesReceived = counter("flotilla.peer.messages.received", "Raft messages of other nodes");
  }

  private Counter counter(String name, String what) {
    return Counter.builder(name).description(what).register(registry);
  }

  /// The meters of one peer; as many as the cluster had members while the process lives.
  private final class OfPeer {
    final AtomicInteger active = new AtomicInteger();
    final Counter disconnected;
    final Counter sentBytes;
    final Counter receivedBytes;
    final Counter sendFailures;
    final Timer roundTrip;

    OfPeer(NodeId peer) {
      Tags pair = Tags.of("Local", self.toString(), "Remote", peer.toString());
      Tags to = Tags.of("To", peer.toString());
      Gauge.builder("etcd.network.active.peers", active, AtomicInteger::get)
          .description("Whether the connection to the peer is up")
          .tags(pair)
          .register(registry);
      disconnected =
          counter("etcd.network.disconnected.peers", "Connections to the peer that broke", pair);
      sentBytes = counter("etcd.network.peer.sent.bytes", "Bytes of frames sent to the peer", to);
      receivedBytes =
          counter(
              "etcd.network.peer.received.bytes",
              "Bytes of frames that the peer sent",
              Tags.of("From", peer.toString()));
      sendFailures =
          counter("etcd.network.peer.sent.failures", "Frames for the peer that were dropped", to);
      roundTrip =
          Timer.builder("etcd.network.peer.round.trip.time")
              .description("From a ping to the peer to its answer")
              .tags(to)
              .serviceLevelObjectives(ROUND_TRIP_BOUNDS)
              .register(registry);
    }

    private Counter counter(String name, String what, Tags tags) {
      return Counter.builder(name).description(what).tags(tags).register(registry);
    }
  }

  private OfPeer of(NodeId peer) {
    return peers.computeIfAbsent(peer, OfPeer::new);
  }

  void sent(NodeId to, int messages, int bytes) {
    framesSent.increment();
    messagesSent.increment(messages);
    of(to).sentBytes.increment(bytes);
  }

  void received(NodeId from, int messages, int bytes) {
    framesReceived.increment();
    messagesReceived.increment(messages);
    of(from).receivedBytes.increment(bytes);
  }

  void sendFailed(NodeId to) {
    of(to).sendFailures.increment();
  }

  void up(NodeId peer) {
    of(peer).active.set(1);
  }

  void down(NodeId peer) {
    of(peer).active.set(0);
    of(peer).disconnected.increment();
  }

  /// Something that a peer says, or is told, is lost.
  public void dropped(Drop why, int count) {
    dropped[why.ordinal()].increment(count);
  }

  void callsInFlight(int count) {
    callsInFlight.set(count);
  }

  /// A ping to a peer was answered.
  public void roundTrip(NodeId peer, long nanos) {
    of(peer).roundTrip.record(nanos, TimeUnit.NANOSECONDS);
  }
}
