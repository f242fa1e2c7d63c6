package io.flotilla.simulation.rule;

import io.flotilla.base.NodeId;
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

/// Raft's promises as far as the states of replicas show them: a term has one leader (Raft §5.2),
/// what is committed stays (§5.4), numbers of one process do not go back.
public final class RaftRules implements Cluster.Observer {
  private final Cluster cluster;
  private final Findings findings;
  private final Probes probes;
  private final Map<Long, NodeId> leaderOfTerm = new HashMap<>();
  private final Map<SimNode, GroupStatus> seen = new IdentityHashMap<>();
  private NodeId lastLeader = NodeId.NONE;
  private long lastTerm;
  private boolean lastLeaderWasJoint;

  public RaftRules(Cluster cluster, Findings findings, Probes probes) {
    this.cluster = cluster;
    this.findings = findings;
    this.probes = probes;
    cluster.observe(this);
  }

  /// To be called after every event.
  public void look() {
    for (SimNode node : cluster.nodes()) {
      GroupStatus now = node.status();
      GroupStatus before = seen.put(node, now);
      if (now != before) {
        onStatus(node, before, now);
      }
    }
  }

  @Override
  public void onEnded(SimNode node, boolean silently) {
    seen.remove(node);
  }

  private void onStatus(SimNode node, @Nullable GroupStatus before, GroupStatus now) {
    if (now.isLeader()) {
      onLeader(node, now);
    }
    if (before != null) {
      findings.require(
          before.term() <= now.term(),
          "terms do not go back",
          node.machine() + ": " + before + " then " + now);
      findings.require(
          before.commitIndex() <= now.commitIndex() && before.appliedIndex() <= now.appliedIndex(),
          "what is committed stays so",
          node.machine() + ": " + before + " then " + now);
      if (now.lastIndex() < before.lastIndex()) {
        probes.hit(Probe.CONFLICTING_SUFFIX_TRUNCATED);
      }
      if (now.membership().isJoint() && !before.membership().isJoint()) {
        probes.hit(Probe.JOINT_MEMBERSHIP);
      }
    }
  }

  private void onLeader(SimNode node, GroupStatus now) {
    NodeId known = leaderOfTerm.putIfAbsent(now.term(), node.id());
    findings.require(
        known == null || known.equals(node.id()),
        "a term has one leader",
        "term " + now.term() + ": " + known + " and " + node.id());
    if (known == null) {
      probes.hit(Probe.LEADER_ELECTED);
      SimNode former = leaderBefore(now.term());
      if (former != null) {
        probes.hit(Probe.TWO_NODES_THINK_THEY_LEAD);
      }
      if (lastLeaderWasJoint) {
        probes.hit(Probe.LEADER_CHANGED_DURING_JOINT);
      }
    }
    if (now.term() >= lastTerm) {
      lastTerm = now.term();
      lastLeader = node.id();
      lastLeaderWasJoint = now.membership().isJoint();
    }
  }

  private @Nullable SimNode leaderBefore(long term) {
    for (SimNode node : cluster.nodes()) {
      if (node.status().isLeader() && node.status().term() < term) {
        return node;
      }
    }
    return null;
  }

  /// Who was seen leading last; nobody in the beginning.
  public NodeId lastLeader() {
    return lastLeader;
  }

  public int terms() {
    return leaderOfTerm.size();
  }
}
