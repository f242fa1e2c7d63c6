package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What the planner remembers from one look to the next: how long things have been so, and which
/// groups rest. Lost with leadership; whoever leads next begins with patience.
final class PlanMemory {
  private static final long HOUR_MILLIS = 60 * 60_000;

  final Since<Key> hot = new Since<>();
  final Since<Key> cold = new Since<>();
  final Since<Key> borders = new Since<>();
  final Since<NodeId> alive = new Since<>();
  final Since<NodeId> gone = new Since<>();
  private final Map<GroupId, Long> restsUntil = new TreeMap<>();
  private final Set<GroupId> known = new HashSet<>();
  private final Deque<Long> changes = new ArrayDeque<>();
  private long quietUntil = Long.MIN_VALUE;
  private boolean looked;

  /// Takes note of groups and nodes that came or went. A group that was not there at the first look
  /// rests, as after any change.
  void look(ClusterView view, Pace pace) {
    long now = view.nowMillis();
    for (GroupId group : view.groups().keySet()) {
      if (known.add(group) && looked) {
        rest(group, now + pace.changeRestMillis());
      }
    }
    known.retainAll(view.groups().keySet());
    restsUntil.keySet().retainAll(known);
    var nodes = new TreeSet<NodeId>();
    view.nodes().stream().filter(NodeView::mayLead).forEach(node -> nodes.add(node.node()));
    alive.hold(nodes, now);
    while (!changes.isEmpty() && changes.peekFirst() <= now - HOUR_MILLIS) {
      changes.removeFirst();
    }
    looked = true;
  }

  void began(Step step, Pace pace, long nowMillis) {
    quietUntil = nowMillis + pace.intervalMillis();
    boolean transfer = step instanceof Step.Transfer;
    long millis = transfer ? pace.transferRestMillis() : pace.changeRestMillis();
    step.groups().forEach(group -> rest(group, nowMillis + millis));
    if (step instanceof Step.Split || step instanceof Step.Merge) {
      changes.addLast(nowMillis);
    }
  }

  /// A drain is tried again soon.
  void beganDrain(GroupId group, long nowMillis) {
    rest(group, nowMillis + Pace.DRAIN_RETRY_MILLIS);
  }

  private void rest(GroupId group, long untilMillis) {
    restsUntil.merge(group, untilMillis, Math::max);
  }

  boolean rests(GroupId group, long nowMillis) {
    return restMillis(group, nowMillis) > 0;
  }

  long restMillis(List<GroupId> groups, long nowMillis) {
    return groups.stream().mapToLong(group -> restMillis(group, nowMillis)).max().orElse(0);
  }

  private long restMillis(GroupId group, long nowMillis) {
    return Math.max(0, restsUntil.getOrDefault(group, nowMillis) - nowMillis);
  }

  int changesLastHour() {
    return changes.size();
  }

  long quietMillis(long nowMillis) {
    return quietUntil <= nowMillis ? 0 : quietUntil - nowMillis;
  }
}
