package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.Probes;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import io.flotilla.simulation.world.World;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Sees from outside how far handovers are, and in which of their phases nodes end.
public final class HandoverProbes implements Cluster.Observer {
  private static final long BEHIND_NANOS = 500 * Timeline.MILLI;

  private enum Phase {
    STARTS,
    COPIES,
    SWITCHES,
    IS_COMMITTED,
    IS_OVER
  }

  /// One handover, as far as anybody has applied it.
  private static final class Seen {
    private final Handover handover;
    private final Set<NodeId> drivers = new HashSet<>();
    private final Set<NodeId> acquired = new HashSet<>();
    private Phase phase = Phase.STARTS;
    private int pages;
    private int prepares;
    private long committedNanos;

    Seen(Handover handover) {
      this.handover = handover;
    }
  }

  private final Timeline timeline;
  private final Probes probes;
  private final Map<Long, Seen> handovers = new TreeMap<>();
  private final Map<GroupId, Long> newestApplied = new HashMap<>();
  private final Set<Integer> groups = new HashSet<>();

  public HandoverProbes(World world) {
    this.timeline = world.timeline();
    this.probes = world.probes();
    world.cluster().observe(this);
  }

  @Override
  public void onStarted(SimNode node) {
    if (newestApplied.isEmpty()) {
      groups.addAll(ids(node.replica().machine()));
    }
  }

  private static Set<Integer> ids(RootMachine machine) {
    return machine.groups().stream().map(GroupRecord::getGroup).collect(Collectors.toSet());
  }

  @Override
  public void onReplica(SimNode node, GroupId group, ShardGroupMachine machine) {
    machine.observe(
        new OrderListener() {
          @Override
          public void onProcessed(JournalItem item) {
            if (item.hasAcquire()) {
              Seen seen = handovers.get(item.getAcquire().getNumber());
              if (seen != null) {
                seen.acquired.add(node.id());
              }
            }
          }
        });
  }

  @Override
  public StateMachine watched(SimNode node, GroupId group, StateMachine machine) {
    return new Watched(node, group, machine);
  }

  // ------------------------------------------------------------------- progress

  private void onNewEntry(SimNode node, GroupId group, List<Command> commands) {
    commands.forEach(this::onNewCommand);
    if (group.equals(GroupId.ROOT)) {
      lookAtRoot(node);
    }
  }

  private void onNewCommand(Command command) {
    switch (command.getBodyCase()) {
      case HANDOVER_RECORDS -> {
        Seen seen = handovers.get(command.getHandoverRecords().getNumber());
        if (seen != null && seen.phase.compareTo(Phase.COPIES) <= 0) {
          seen.phase = Phase.COPIES;
        }
        if (seen != null && ++seen.pages == 4) {
          probes.hit(Probe.HANDOVER_OF_SEVERAL_PAGES);
        }
      }
      case PREPARE -> {
        if (command.getPrepare().getWork().hasHandover()) {
          onSwitch(command.getPrepare().getWork().getHandover().getNumber());
        }
      }
      case HANDOVER_FENCE -> onSwitch(command.getHandoverFence().getNumber());
      case TXN_COMMIT -> {
        if (command.getTxnCommit().getWork().hasHandover()) {
          onCommit(command.getTxnCommit().getWork().getHandover().getNumber());
        }
      }
      case HANDOVER_ABANDON -> {
        if (handovers.containsKey(command.getHandoverAbandon().getNumber())) {
          probes.hit(Probe.HANDOVER_ABANDONED);
        }
      }
      default -> {
        // Of no concern to a handover.
      }
    }
  }

  private void onSwitch(long number) {
    Seen seen = handovers.get(number);
    if (seen == null) {
      return;
    }
    seen.phase = Phase.SWITCHES;
    if (++seen.prepares == 2) {
      probes.hit(Probe.HANDOVER_SWITCHED_AGAIN);
    }
  }

  /// Whether it took place shows when the record is gone.
  private void onCommit(long number) {
    Seen seen = handovers.get(number);
    if (seen != null && seen.phase != Phase.IS_OVER) {
      seen.committedNanos = timeline.nowNanos();
    }
  }

  private void lookAtRoot(SimNode node) {
    RootMachine machine = node.replica().machine();
    Map<Long, Handover> known =
        machine.handovers().stream()
            .collect(Collectors.toMap(Handover::getNumber, Function.identity()));
    known.forEach((number, handover) -> handovers.computeIfAbsent(number, _ -> begun(handover)));
    for (Seen seen : handovers.values()) {
      if (!known.containsKey(seen.handover.getNumber())) {
        end(seen);
      } else if (node.status().isLeader() && seen.drivers.add(node.id())) {
        if (seen.drivers.size() == 2) {
          probes.hit(Probe.HANDOVER_DRIVEN_BY_TWO);
        }
      }
    }
    Set<Integer> present = ids(machine);
    present.stream().filter(groups::add).forEach(_ -> probes.hit(Probe.GROUP_FOUNDED));
    if (groups.retainAll(present)) {
      probes.hit(Probe.GROUP_RETIRED);
    }
  }

  private Seen begun(Handover handover) {
    if (handover.getFrom() == 0) {
      probes.hit(Probe.HANDOVER_FROM_ROOT);
    } else if (handover.getTo() == 0) {
      probes.hit(Probe.HANDOVER_TO_ROOT);
    }
    return new Seen(handover);
  }

  private void end(Seen seen) {
    if (seen.phase.compareTo(Phase.IS_COMMITTED) >= 0) {
      return;
    }
    boolean done = seen.committedNanos == timeline.nowNanos();
    seen.phase = done ? Phase.IS_COMMITTED : Phase.IS_OVER;
    if (done) {
      probes.hit(Probe.HANDOVER_DONE);
    }
  }

  // ------------------------------------------------------------------- crashes

  @Override
  public void onEnded(SimNode node, boolean silently) {
    for (Seen seen : handovers.values()) {
      switch (seen.phase) {
        case STARTS -> probes.hit(Probe.CRASHED_WHILE_HANDOVER_STARTS);
        case COPIES -> probes.hit(Probe.CRASHED_WHILE_HANDOVER_COPIES);
        case SWITCHES -> probes.hit(Probe.CRASHED_WHILE_HANDOVER_SWITCHES);
        case IS_COMMITTED -> onEndedBehind(node, seen);
        case IS_OVER -> {}
      }
      if (seen.phase.compareTo(Phase.IS_COMMITTED) < 0) {
        hitIfLed(node, GroupId.ROOT, Probe.ROOT_LEADER_CRASHED_IN_HANDOVER);
        var from = new GroupId(seen.handover.getFrom());
        hitIfLed(node, from, Probe.SOURCE_LEADER_CRASHED_IN_HANDOVER);
        hitIfLed(node, new GroupId(seen.handover.getTo()), Probe.TARGET_LEADER_CRASHED_IN_HANDOVER);
      }
    }
  }

  private void onEndedBehind(SimNode node, Seen seen) {
    if (seen.handover.getTo() != 0 && !seen.acquired.contains(node.id())) {
      probes.hit(Probe.CRASHED_BEFORE_ACQUIRE);
    }
    if (timeline.nowNanos() - seen.committedNanos < BEHIND_NANOS) {
      probes.hit(Probe.CRASHED_BEHIND_SWITCH);
    }
  }

  private void hitIfLed(SimNode node, GroupId id, Probe probe) {
    Group group = node.group(id);
    if (group != null && group.status().isLeader()) {
      probes.hit(probe);
    }
  }

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
      List<? extends CommandOutcome> outcomes = super.apply(id, commands);
      if (id.index() > newestApplied.getOrDefault(group, 0L)) {
        newestApplied.put(group, id.index());
        onNewEntry(node, group, commands);
      }
      return outcomes;
    }
  }
}
