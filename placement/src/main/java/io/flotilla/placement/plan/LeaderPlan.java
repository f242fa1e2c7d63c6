package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Which leaders should be elsewhere.
///
/// The root group's leader moves only when its node is about to go: who leads it is what etcd's
/// clients see as the leader, and `move-leader` is theirs.
final class LeaderPlan {
  /// Steps that a plan looks ahead.
  private static final int AHEAD = 8;

  private final LeaderRules rules;
  private final PlanMemory memory;

  LeaderPlan(LeaderRules rules, PlanMemory memory) {
    this.rules = rules;
    this.memory = memory;
  }

  /// What each node bears.
  private final class Balance {
    final ClusterView view;
    final TreeMap<NodeId, Double> borne = new TreeMap<>();
    final TreeMap<GroupId, NodeId> leaders = new TreeMap<>();
    private final double total;

    Balance(ClusterView view) {
      this.view = view;
      this.total = view.writesPerSecond();
      view.nodes().stream().filter(NodeView::alive).forEach(node -> borne.put(node.node(), 0.0));
      view.groups().values().forEach(group -> leaders.put(group.group(), group.leader()));
      leaders.forEach((group, leader) -> bear(leader, weight(group)));
    }

    /// The root group orders the writes of all others, which is work besides its own.
    double weight(GroupId group) {
      int groups = view.groups().size();
      double part = view.load(group).writesPerSecond() / Math.max(total, 1);
      double load = total < rules.minWritesPerSecond() ? 0 : part * groups;
      return 1 + load + (group.equals(GroupId.ROOT) && groups > 1 ? 1 : 0);
    }

    void bear(NodeId node, double weight) {
      borne.computeIfPresent(node, (_, now) -> now + weight);
    }

    void move(GroupId group, NodeId to) {
      double weight = weight(group);
      bear(leaders.get(group), -weight);
      bear(to, weight);
      leaders.put(group, to);
    }

    /// The least burdened of those that may be given a group's leader; null if there is none.
    @Nullable NodeId lightest(GroupId group, boolean settledOnly) {
      return borne.entrySet().stream()
          .filter(node -> view.mayLead(node.getKey()) && view.load(group).isOn(node.getKey()))
          .filter(node -> !settledOnly || isSettled(node.getKey(), view))
          .min(Map.Entry.comparingByValue())
          .map(Map.Entry::getKey)
          .orElse(null);
    }
  }

  private boolean isSettled(NodeId node, ClusterView view) {
    return memory.alive.heldFor(node, rules.settleMillis(), view.nowMillis());
  }

  // ---- nodes that are about to go

  /// All leaders there, the root group's last: who leads it drains.
  List<Proposal> drain(ClusterView view) {
    if (view.nodes().stream().noneMatch(NodeView::draining)) {
      return List.of();
    }
    var balance = new Balance(view);
    List<Proposal> steps = new ArrayList<>();
    List<GroupId> led =
        view.groups().values().stream()
            .filter(group -> view.isDraining(group.leader()))
            .map(GroupLoad::group)
            .sorted(Comparator.reverseOrder())
            .toList();
    for (GroupId group : led) {
      NodeId to = lightestFor(balance, group);
      if (to == null) {
        continue;
      }
      String held = drainHeldBy(group, led, view);
      NodeId from = balance.leaders.get(group);
      var step = new Step.Transfer(group, from, to);
      steps.add(new Proposal(step, "node " + from + " is about to go", held));
      balance.move(group, to);
    }
    return steps;
  }

  private static @Nullable NodeId lightestFor(Balance balance, GroupId group) {
    NodeId settled = balance.lightest(group, true);
    return settled == null ? balance.lightest(group, false) : settled;
  }

  private String drainHeldBy(GroupId group, List<GroupId> led, ClusterView view) {
    if (memory.rests(group, view.nowMillis())) {
      return "its leader is on the way";
    }
    return group.equals(GroupId.ROOT) && led.size() > 1 ? "the others go first" : "";
  }

  // ---- balance

  /// Moves from the most to the least burdened node, as long as they help.
  List<Proposal> balance(ClusterView view) {
    var balance = new Balance(view);
    List<Proposal> steps = new ArrayList<>();
    Proposal next = next(balance);
    while (next != null && steps.size() < AHEAD) {
      steps.add(next);
      var step = (Step.Transfer) next.step();
      balance.move(step.group(), step.to());
      next = next(balance);
    }
    return steps;
  }

  private @Nullable Proposal next(Balance balance) {
    Proposal best = null;
    double most = 0;
    for (Map.Entry<GroupId, NodeId> led : balance.leaders.entrySet()) {
      NodeId to = balance.lightest(led.getKey(), true);
      if (to != null && isMovable(led.getKey(), led.getValue(), balance.view)) {
        double improvement = improvement(balance, led.getKey(), to);
        if (improvement >= rules.margin() && improvement > most) {
          most = improvement;
          best = proposal(balance, led.getKey(), to);
        }
      }
    }
    return best;
  }

  private boolean isMovable(GroupId group, NodeId leader, ClusterView view) {
    return !group.equals(GroupId.ROOT)
        && view.mayLead(leader)
        && !memory.rests(group, view.nowMillis())
        && !view.isMoving(group);
  }

  /// By how much the difference between the two nodes becomes smaller.
  private static double improvement(Balance balance, GroupId group, NodeId to) {
    double apart =
        balance.borne.getOrDefault(balance.leaders.get(group), 0.0)
            - balance.borne.getOrDefault(to, 0.0);
    return apart - Math.abs(apart - 2 * balance.weight(group));
  }

  private static Proposal proposal(Balance balance, GroupId group, NodeId to) {
    NodeId from = balance.leaders.get(group);
    String reason =
        String.format(
            Locale.ROOT,
            "node %s bears %.1f and node %s %.1f; group %s weighs %.1f",
            from,
            balance.borne.getOrDefault(from, 0.0),
            to,
            balance.borne.getOrDefault(to, 0.0),
            group,
            balance.weight(group));
    return new Proposal(new Step.Transfer(group, from, to), reason, "");
  }
}
