package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.SimNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A cut names what is durable on a majority and nothing else: when a run is ordered, the logs of
/// most voters of its group hold the entries of its mutations, whoever of them runs at the time.
public final class Cuts implements Cluster.Observer, Journals.Listener {
  private final Cluster cluster;
  private final Findings findings;
  private final Map<GroupId, Executions> executions = new HashMap<>();
  private final Map<NodeId, Map<GroupId, GroupStatus>> ended = new HashMap<>();

  /// The entries by which a group had executed so many mutations.
  private static final class Executions {
    private final TreeMap<Long, Long> indexByCount = new TreeMap<>();
    private Membership voters = Membership.none();
    private long newest;
  }

  public Cuts(Cluster cluster, Journals journals, Findings findings) {
    this.cluster = cluster;
    this.findings = findings;
    cluster.observe(this);
    journals.listen(this);
  }

  @Override
  public StateMachine watched(SimNode node, GroupId group, StateMachine machine) {
    return group.equals(GroupId.ROOT) ? machine : new Watched(node, group, machine);
  }

  @Override
  public void onEnded(SimNode node, boolean silently) {
    for (Group group : node.groups()) {
      ended.computeIfAbsent(node.id(), _ -> new HashMap<>()).put(group.id(), group.status());
    }
  }

  @Override
  public void onItem(GroupId group, JournalItem item) {
    if (!item.hasRun()) {
      return;
    }
    Executions known = executions.get(group);
    Map.Entry<Long, Long> entry =
        known == null ? null : known.indexByCount.ceilingEntry(item.getRun().getToSequence());
    if (known == null || entry == null) {
      findings.report("a cut names what was executed", "group " + group + ": " + item);
      return;
    }
    var persisted = new TreeMap<NodeId, Long>();
    known.voters.voters().forEach(voter -> persisted.put(voter, persisted(voter, group)));
    long holders = persisted.values().stream().filter(to -> to >= entry.getValue()).count();
    findings.require(
        2 * holders > persisted.size(),
        "a cut names what is durable on a majority",
        "group " + group + ", entry " + entry.getValue() + " of " + persisted + ": " + item);
  }

  /// What the node's log holds, or held when it ended.
  private long persisted(NodeId id, GroupId group) {
    for (SimNode node : cluster.nodes()) {
      Group replica = node.id().equals(id) ? node.group(group) : null;
      if (replica != null) {
        return replica.status().persistedIndex();
      }
    }
    GroupStatus last = ended.getOrDefault(id, Map.of()).get(group);
    return last == null ? 0 : last.persistedIndex();
  }

  private void onApplied(SimNode node, GroupId group, EntryId id) {
    ShardGroupMachine machine = node.shard(group);
    if (machine != null) {
      Executions known = executions.computeIfAbsent(group, _ -> new Executions());
      if (id.index() >= known.newest) {
        known.newest = id.index();
        known.voters = machine.membership();
      }
      known.indexByCount.merge(machine.executed(), id.index(), Math::min);
    }
  }

  /// Looks at what a replica executes.
  private final class Watched extends ForwardingMachine {
    private final SimNode node;
    private final GroupId group;

    Watched(SimNode node, GroupId group, StateMachine machine) {
      super(machine);
      this.node = node;
      this.group = group;
    }

    @Override
    public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
      List<? extends CommandOutcome> results = super.apply(id, commands);
      onApplied(node, group, id);
      return results;
    }
  }
}
