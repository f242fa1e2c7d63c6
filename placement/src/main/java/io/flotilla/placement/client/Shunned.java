package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The nodes that did not answer lately: they are asked last, for a while. Belongs to the loop.
final class Shunned {
  static final long NANOS = 2_000_000_000;

  private final Clock clock;
  private final Map<NodeId, Long> untilNanos = new HashMap<>();

  Shunned(Clock clock) {
    this.clock = clock;
  }

  void failed(NodeId node) {
    untilNanos.put(node, clock.nanoTime() + NANOS);
  }

  void answered(NodeId node) {
    untilNanos.remove(node);
  }

  /// The same nodes, those that failed lately last.
  List<NodeId> order(List<NodeId> nodes) {
    if (untilNanos.isEmpty()) {
      return nodes;
    }
    long nowNanos = clock.nanoTime();
    untilNanos.values().removeIf(until -> nowNanos - until >= 0);
    List<NodeId> ordered = new ArrayList<>(nodes.size());
    List<NodeId> last = new ArrayList<>();
    for (NodeId node : nodes) {
      (untilNanos.containsKey(node) ? last : ordered).add(node);
    }
    ordered.addAll(last);
    return ordered;
  }
}
