package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.Probes;
import io.flotilla.simulation.world.SimNode;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Raft's promises as far as the states of replicas show them, for each group: a term has one
/// leader (Raft §5.2), what is committed stays (§5.4), numbers of one process do not go back.
public final class RaftRules implements Cluster.Observer {
  private final Cluster cluster;
  private final Findings findings;
  private final Probes probes;
  private final Map<GroupId, Terms> terms = new HashMap<>();
  private final Map<Group, GroupStatus> seen = new IdentityHashMap<>();

  /// Who led a group when.
  private static final class Terms {
    private final Map<Long, NodeId> leaders = new HashMap<>();
    private long last;
    private boolean lastWasJoint;
  }

  public RaftRules(Cluster cluster, Findings findings, Probes probes) {
    this.cluster = cluster;
    this.findings = findings;
    this.probes = probes;
    cluster.observe(this);
  }

  /// To be called after every event.
  public void look() {
    for (SimNode node : cluster.nodes()) {
      for (Group group : node.groups()) {
        GroupStatus now = group.status();
        GroupStatus before = seen.put(group, now);
        if (now != before) {
          onStatus(node, group.id(), before, now);
        }
      }
    }
  }

  @Override
  public void onEnded(SimNode node, boolean silently) {
    node.groups().forEach(seen::remove);
  }

  private void onStatus(
      SimNode node, GroupId group, @Nullable GroupStatus before, GroupStatus now) {
    if (now.isLeader()) {
      onLeader(node, group, now);
    }
    if (before != null) {
      findings.require(
          before.term() <= now.term(),
          "terms do not go back",
          node.machine() + " in group " + group + ": " + before + " then " + now);
      findings.require(
          before.commitIndex() <= now.commitIndex() && before.appliedIndex() <= now.appliedIndex(),
          "what is committed stays so",
          node.machine() + " in group " + group + ": " + before + " then " + now);
      if (now.lastIndex() < before.lastIndex()) {
        probes.hit(Probe.CONFLICTING_SUFFIX_TRUNCATED);
      }
      if (now.membership().isJoint() && !before.membership().isJoint()) {
        probes.hit(Probe.JOINT_MEMBERSHIP);
      }
    }
  }

  private void onLeader(SimNode node, GroupId group, GroupStatus now) {
    Terms led = terms.computeIfAbsent(group, _ -> new Terms());
    NodeId known = led.leaders.putIfAbsent(now.term(), node.id());
    findings.require(
        known == null || known.equals(node.id()),
        "a term has one leader",
        "group " + group + ", term " + now.term() + ": " + known + " and " + node.id());
    if (known == null) {
      probes.hit(group.equals(GroupId.ROOT) ? Probe.LEADER_ELECTED : Probe.SHARD_LEADER_ELECTED);
      if (leadsStill(group, now.term())) {
        probes.hit(Probe.TWO_NODES_THINK_THEY_LEAD);
      }
      if (led.lastWasJoint) {
        probes.hit(Probe.LEADER_CHANGED_DURING_JOINT);
      }
    }
    if (now.term() >= led.last) {
      led.last = now.term();
      led.lastWasJoint = now.membership().isJoint();
    }
  }

  /// Whether somebody believes that he leads the group in a term before `term`.
  private boolean leadsStill(GroupId id, long term) {
    for (SimNode node : cluster.nodes()) {
      Group group = node.group(id);
      if (group != null && group.status().isLeader() && group.status().term() < term) {
        return true;
      }
    }
    return false;
  }
}
