package io.flotilla.simulation.rule;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.SimNode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// State Machine Safety (Raft §5.4.3): replicas apply the same entries in the same order, and have
/// the same state where they have applied the same. And a request id is executed once.
public final class StateRules implements Cluster.Observer {
  /// Hashing a state takes long, so it is done at every so many entries.
  private static final int HASH_STRIDE = 97;

  private record Place(GroupId group, long index) {}

  private record Applied(long term, int hash) {}

  private final Findings findings;
  private final ShardStates shards;
  private final Map<Place, Applied> applied = new HashMap<>();
  private final Map<Long, Long> hashes = new HashMap<>();

  public StateRules(Cluster cluster, Findings findings) {
    this.findings = findings;
    this.shards = new ShardStates(findings);
    cluster.observe(this);
  }

  @Override
  public StateMachine watched(SimNode node, GroupId group, StateMachine machine) {
    return new Watched(node, group, machine);
  }

  /// Compares one replica's state with that of others at the same entry. One that was damaged may
  /// not be read to its end, which its node notices when it comes to that place.
  public void look(SimNode node) {
    if (node.isStopping()) {
      return;
    }
    try {
      compare(node);
      shards.look(node);
    } catch (CorruptionException damage) {
      findings.require(
          node.machine().drive().isDamaged(),
          "a state can be read",
          node.machine() + ": " + damage);
    }
  }

  private void compare(SimNode node) {
    RootMachine machine = node.replica().machine();
    long index = machine.applied().index();
    if (index == 0) {
      return; // founders begin with members, those who join with nothing
    }
    long hash = StateHash.of(machine);
    Long known = hashes.putIfAbsent(index, hash);
    findings.require(
        known == null || known == hash,
        "replicas at the same entry have the same state",
        node.machine() + " at entry " + index);
  }

  /// Compares all that the replicas hold, except where that was damaged. To be called when nothing
  /// moves any more.
  public void lookAtAll(List<SimNode> all) {
    List<SimNode> nodes = all.stream().filter(node -> !node.machine().drive().isDamaged()).toList();
    RootMachine first = nodes.getFirst().replica().machine();
    long hash = StateHash.ofAll(first);
    for (SimNode node : nodes.subList(1, nodes.size())) {
      RootMachine other = node.replica().machine();
      if (StateHash.ofAll(other) != hash) {
        String difference = StateDifference.of(first::openBackup, other::openBackup);
        findings.require(
            difference.isEmpty(),
            "replicas at rest hold the same",
            nodes.getFirst().machine() + " and " + node.machine() + difference);
      }
    }
    shards.lookAtAll(nodes);
  }

  private void onApplied(SimNode node, GroupId group, EntryId id, int hash) {
    var now = new Applied(id.term(), hash);
    Applied known = applied.putIfAbsent(new Place(group, id.index()), now);
    findings.require(
        known == null || known.equals(now),
        "replicas apply the same entries",
        node.machine() + " in group " + group + " at " + id + ": " + known + " and " + now);
    if (id.index() % HASH_STRIDE == 0) {
      look(node);
    }
  }

  /// Entries of all groups, applied by whoever is furthest.
  public int entries() {
    return applied.size();
  }

  /// Looks at what a machine applies.
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
      onApplied(node, group, id, commands.hashCode());
      return results;
    }

    @Override
    public void applyMembership(EntryId id, Membership membership, byte[] context) {
      super.applyMembership(id, membership, context);
      onApplied(node, group, id, 31 * membership.hashCode() + Arrays.hashCode(context));
    }
  }
}
