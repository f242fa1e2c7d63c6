package io.flotilla.simulation.world;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.raft.transport.StreamAnswers;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The streams between the replicas of one process and others, over the simulated [Network].
public final class SimStreams implements ReplicaStreams {
  private final Network network;
  private final SimLinks links;
  private final Clock clock;
  private final ReplicaLimits limits;
  private final Map<Kind, Handler> handlers = new EnumMap<>(Kind.class);
  // both those asked for and those served
  private final Set<SimStream> streams = new LinkedHashSet<>();

  /// @param clock of the process
  SimStreams(Network network, SimLinks links, Clock clock, ReplicaLimits limits) {
    this.network = network;
    this.links = links;
    this.clock = clock;
    this.limits = limits;
    links.carry(this);
  }

  Network network() {
    return network;
  }

  SimLinks links() {
    return links;
  }

  Clock clock() {
    return clock;
  }

  ReplicaLimits limits() {
    return limits;
  }

  @Nullable Handler handler(Kind kind) {
    return links.listener() == null ? null : handlers.get(kind);
  }

  void opened(SimStream stream) {
    streams.add(stream);
  }

  void ended(SimStream stream) {
    streams.remove(stream);
  }

  @Override
  public Handle open(
      Kind kind, NodeId node, ByteString request, long deadlineNanos, Listener listener) {
    var stream = new SimStream(this, kind, listener);
    stream.begin(node, request, deadlineNanos);
    return stream;
  }

  @Override
  public Future<ByteString> read(NodeId node, ByteString request, long deadlineNanos) {
    var answer = new StreamAnswers.Gathering(limits.answerBytes());
    Handle stream = open(Kind.READ, node, request, deadlineNanos, answer);
    answer.cancelWith(stream::cancel);
    return answer.whole();
  }

  @Override
  public void serve(Kind kind, Handler handler) {
    handlers.put(kind, handler);
  }

  /// The process at the other end of some streams is gone.
  void peerVanished(SimLinks peer, boolean silently) {
    List.copyOf(streams).forEach(stream -> stream.peerVanished(peer, silently));
  }

  /// The own process ends its streams.
  void close() {
    List.copyOf(streams).forEach(stream -> stream.endOf(this));
  }
}
