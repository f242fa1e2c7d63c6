package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.plan.ReplicaView.Placed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Which replicas should be elsewhere, of the groups that are on some nodes only.
///
/// In this order: nodes that are to be emptied are, replicas of nodes that are gone are replaced,
/// groups that have too few get more, numbers are evened out. The last only while nothing else is
/// wanted: it would be in vain.
final class ReplicaPlan {
  /// Steps that a plan looks ahead.
  private static final int AHEAD = 8;

  private static final long MINUTE_MILLIS = 60_000;

  private final ReplicaRules rules;
  private final PlanMemory memory;

  ReplicaPlan(ReplicaRules rules, PlanMemory memory) {
    this.rules = rules;
    this.memory = memory;
  }

  /// How it is, and how it would be after the steps so far.
  private final class Layout {
    final ClusterView view;
    final TreeMap<GroupId, Set<NodeId>> nodes = new TreeMap<>();
    final TreeMap<NodeId, Integer> replicas = new TreeMap<>();

    Layout(ClusterView view) {
      this.view = view;
      view.nodes().forEach(node -> replicas.put(node.node(), 0));
      view.replicas()
          .placed()
          .forEach(
              (group, placed) -> {
                nodes.put(group, new TreeSet<>(placed.nodes()));
                placed.nodes().forEach(node -> replicas.merge(node, 1, Integer::sum));
              });
    }

    int count(NodeId node) {
      return replicas.getOrDefault(node, 0);
    }

    Set<NodeId> of(GroupId group) {
      return nodes.getOrDefault(group, Set.of());
    }

    void apply(Step.Place step) {
      Set<NodeId> on = nodes.computeIfAbsent(step.group(), _ -> new TreeSet<>());
      if (on.remove(step.from())) {
        replicas.merge(step.from(), -1, Integer::sum);
      }
      on.add(step.to());
      replicas.merge(step.to(), 1, Integer::sum);
    }

    /// Whether a node may be given a replica of a group.
    boolean mayTake(GroupId group, NodeView node) {
      Placed placed = view.replicas().placed().get(group);
      return node.alive()
          && !view.replicas().drained().contains(node.node())
          && !of(group).contains(node.node())
          && (placed == null || !placed.leaving().contains(node.node()));
    }

    /// The node with the fewest replicas that may be given one of a group.
    Optional<NodeId> room(GroupId group) {
      return view.nodes().stream()
          .filter(node -> mayTake(group, node))
          .map(NodeView::node)
          .min(Comparator.<NodeId>comparingInt(this::count).thenComparing(node -> node));
    }
  }

  void observe(ClusterView view) {
    var gone = new TreeSet<NodeId>();
    view.nodes().stream().filter(node -> !node.alive()).forEach(node -> gone.add(node.node()));
    memory.gone.hold(gone, view.nowMillis());
  }

  List<Proposal> plan(ClusterView view) {
    if (view.replicas().placed().isEmpty()) {
      return List.of();
    }
    var layout = new Layout(view);
    List<Proposal> steps = new ArrayList<>();
    for (Map.Entry<GroupId, Placed> each : view.replicas().placed().entrySet()) {
      for (NodeId node : each.getValue().nodes()) {
        away(layout, each.getKey(), node).ifPresent(steps::add);
      }
    }
    for (GroupId group : view.replicas().placed().keySet()) {
      more(layout, group).ifPresent(steps::add);
    }
    if (steps.isEmpty()) {
      even(layout, steps);
    }
    return steps.stream()
        .map(step -> step.heldBy().isEmpty() ? held(step, view) : step)
        .limit(AHEAD)
        .toList();
  }

  private Proposal held(Proposal proposal, ClusterView view) {
    var step = (Step.Place) proposal.step();
    Placed placed = view.replicas().placed().get(step.group());
    if (placed != null && placed.moving()) {
      return proposal.held("the group is on its way");
    }
    if (view.replicas().moving() >= rules.moving()) {
      return proposal.held(
          view.replicas().moving()
              + " on their way, and no more than "
              + rules.moving()
              + " at once");
    }
    return proposal;
  }

  // ---- nodes that are emptied, or gone

  private Optional<Proposal> away(Layout layout, GroupId group, NodeId node) {
    ClusterView view = layout.view;
    if (view.replicas().drained().contains(node)) {
      return to(layout, group, node, Step.Cause.DRAIN, "node " + node + " is to be emptied");
    }
    if (!memory.gone.heldFor(node, rules.goneMillis(), view.nowMillis())) {
      return Optional.empty();
    }
    long minutes = memory.gone.heldMillis(node, view.nowMillis()) / MINUTE_MILLIS;
    String reason = "node " + node + " was not heard of for " + minutes + " min";
    Optional<Proposal> step = to(layout, group, node, Step.Cause.GONE, reason);
    return isLed(view, group) ? step : step.map(each -> each.held("it has no quorum"));
  }

  /// Without a quorum nothing about a group can change.
  private static boolean isLed(ClusterView view, GroupId group) {
    Set<NodeId> nodes = view.replicas().nodes(group);
    long alive =
        view.nodes().stream().filter(node -> node.alive() && nodes.contains(node.node())).count();
    return alive > nodes.size() / 2;
  }

  private Optional<Proposal> to(
      Layout layout, GroupId group, NodeId from, Step.Cause cause, String reason) {
    return layout
        .room(group)
        .map(to -> step(layout, new Step.Place(group, from, to, cause), reason));
  }

  private static Proposal step(Layout layout, Step.Place step, String reason) {
    String counts = "node %s has %d replicas".formatted(step.to(), layout.count(step.to()));
    layout.apply(step);
    return new Proposal(step, reason + "; " + counts, "");
  }

  // ---- groups that have too few

  private Optional<Proposal> more(Layout layout, GroupId group) {
    int now = layout.of(group).size();
    if (now >= rules.replicas()) {
      return Optional.empty();
    }
    String reason = "it has %d replicas of %d".formatted(now, rules.replicas());
    return to(layout, group, NodeId.NONE, Step.Cause.SHORT, reason);
  }

  // ---- balance

  private void even(Layout layout, List<Proposal> steps) {
    for (Optional<Proposal> next = even(layout); next.isPresent() && steps.size() < AHEAD; ) {
      steps.add(next.get());
      next = even(layout);
    }
  }

  /// From a node with many replicas to that with the fewest; groups are tried in their order.
  private Optional<Proposal> even(Layout layout) {
    List<NodeId> most =
        layout.view.nodes().stream()
            .filter(NodeView::alive)
            .map(NodeView::node)
            .sorted(Comparator.comparingInt(layout::count).reversed())
            .toList();
    for (NodeId from : most) {
      for (GroupId group : layout.nodes.keySet()) {
        Optional<NodeId> to =
            layout.of(group).contains(from) ? layout.room(group) : Optional.empty();
        if (to.isPresent() && layout.count(from) - layout.count(to.get()) >= rules.spread()) {
          String reason = "node %s has %d replicas".formatted(from, layout.count(from));
          var step = new Step.Place(group, from, to.get(), Step.Cause.EVEN);
          return Optional.of(step(layout, step, reason));
        }
      }
    }
    return Optional.empty();
  }
}
