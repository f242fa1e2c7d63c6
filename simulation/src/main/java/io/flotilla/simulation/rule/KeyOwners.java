package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.RequestId;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.SimNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A key is served by exactly one group at each revision: each replica takes those keys for its own
/// that the map gives to its group at the revision that the replica stands at, and executes what
/// concerns them and nothing else.
public final class KeyOwners implements Cluster.Observer {
  private record Request(GroupId group, RequestId id) {}

  private record Replica(SimNode node, GroupId group, ShardGroupMachine machine) {}

  private final ShardMaps maps;
  private final Findings findings;
  private final Map<Request, Long> executed = new HashMap<>();
  // replicas that moved within the event
  private final List<Replica> moved = new ArrayList<>();

  public KeyOwners(Cluster cluster, ShardMaps maps, Findings findings) {
    this.maps = maps;
    this.findings = findings;
    cluster.observe(this);
  }

  @Override
  public void onReplica(SimNode node, GroupId group, ShardGroupMachine machine) {
    var replica = new Replica(node, group, machine);
    machine.observe(
        new OrderListener() {
          @Override
          public void onProcessed(JournalItem item) {
            moved.add(replica);
          }

          @Override
          public void onReplaced() {
            moved.add(replica);
          }
        });
  }

  @Override
  public StateMachine watched(SimNode node, GroupId group, StateMachine machine) {
    return group.equals(GroupId.ROOT) ? machine : new Watched(node, group, machine);
  }

  /// To be called after every event.
  public void look() {
    for (Replica replica : moved) {
      if (!replica.node().life().isOver()) {
        check(replica.node(), replica.group(), replica.machine());
      }
    }
    moved.clear();
  }

  /// Looks at all replicas of a node.
  public void look(SimNode node) {
    node.shards().forEach((group, shard) -> check(node, group, shard.machine()));
  }

  private void check(SimNode node, GroupId group, ShardGroupMachine machine) {
    if (!machine.group().equals(group)) {
      return; // waits for its state
    }
    List<KeyRange> own = machine.own().ranges();
    long revision = Math.max(machine.head(), machine.revision());
    findings.require(
        maps.mayOwn(group, own, revision),
        "a key is served by one group at each revision",
        node.machine() + " in group " + group + " owns " + own + " at " + revision + ": " + maps);
  }

  private void checkExecuted(
      SimNode node, GroupId group, Command command, OwnKeys before, OwnKeys after) {
    List<KeyRange> spans = TxnWorks.spans(command);
    findings.require(
        spans.stream().allMatch(before::contains) || spans.stream().allMatch(after::contains),
        "a group executes what concerns its own keys",
        node.machine() + " in group " + group + " of " + before + ", " + after + ": " + command);
  }

  /// A repeated command is answered, wherever its keys are by then.
  private boolean isRepeated(GroupId group, Command command, long index) {
    long first =
        command.hasId() ? executed.merge(new Request(group, command.getId()), index, Math::min) : 0;
    return command.hasId() && first < index;
  }

  private static boolean concernsKeys(Command command) {
    return command.hasPut() || command.hasDeleteRange() || command.hasTxn();
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
      ShardGroupMachine machine = node.shard(group);
      if (machine == null) {
        return super.apply(id, commands);
      }
      OwnKeys before = machine.own();
      List<? extends CommandOutcome> outcomes = super.apply(id, commands);
      for (Command command : commands) {
        if (concernsKeys(command) && !isRepeated(group, command, id.index())) {
          checkExecuted(node, group, command, before, machine.own());
        }
      }
      return outcomes;
    }
  }
}
