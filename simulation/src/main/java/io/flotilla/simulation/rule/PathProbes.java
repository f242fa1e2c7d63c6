package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.RequestId;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Network;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.Probes;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.World;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Sees from outside which rare paths a cluster was on: by what goes over the network and what the
/// state machines are asked for.
public final class PathProbes implements Network.FrameWatcher, Cluster.Observer {
  private final Probes probes;
  private final Set<RequestId> forwarded = new HashSet<>();
  private final Set<RequestId> executed = new HashSet<>();
  private final Set<Long> transfers = new HashSet<>();
  private final Map<NodeId, Long> receiving = new HashMap<>();
  private final Map<GroupId, Long> newestApplied = new HashMap<>();

  public PathProbes(World world) {
    this.probes = world.probes();
    world.network().watch(this);
    world.cluster().observe(this);
  }

  // ------------------------------------------------------------------- network

  @Override
  public void onFrame(NodeId from, NodeId to, Lane lane, Frame frame) {
    frame.getCallsList().forEach(this::onCall);
    frame.getSnapshotPartsList().forEach(part -> onPart(to, part));
    frame.getSnapshotProgressList().forEach(progress -> onProgress(from, progress));
  }

  private void onCall(Call call) {
    if (call.hasReadIndex()) {
      probes.hit(Probe.READ_INDEX_FORWARDED);
    }
    if (call.hasPropose()) {
      boolean first = forwarded.add(call.getPropose().getId());
      probes.hit(first ? Probe.WRITE_FORWARDED : Probe.WRITE_REPEATED_BY_ID);
    }
  }

  private void onPart(NodeId to, SnapshotPart part) {
    if (part.hasHeader()) {
      boolean first = transfers.add(part.getSnapshotId());
      probes.hit(first ? Probe.SNAPSHOT_SENT : Probe.SNAPSHOT_RESUMED);
      receiving.put(to, part.getSnapshotId());
    }
  }

  private void onProgress(NodeId receiver, SnapshotProgress progress) {
    if (progress.getComplete() || progress.getRefused()) {
      receiving.remove(receiver);
    }
  }

  // ------------------------------------------------------------------- processes

  @Override
  public void onEnded(SimNode node, boolean silently) {
    if (receiving.remove(node.id()) != null) {
      probes.hit(Probe.CRASHED_WHILE_SNAPSHOT_ARRIVES);
    }
  }

  @Override
  public StateMachine watched(SimNode node, GroupId group, StateMachine machine) {
    return new Watched(group, machine);
  }

  private void onNewCommand(Command command) {
    if (command.hasId() && !executed.add(command.getId())) {
      probes.hit(Probe.REPEATED_WRITE_ANSWERED_FROM_MEMORY);
    }
    if (command.hasLeaseAttach()) {
      probes.hit(Probe.LEASE_ATTACHED);
    }
    if (command.hasTxnCommit() && command.getTxnCommit().getWork().hasRevokeLease()) {
      probes.hit(Probe.LEASE_REVOKED_IN_SEVERAL_GROUPS);
    }
  }

  private final class Watched extends ForwardingMachine {
    private final GroupId group;

    Watched(GroupId group, StateMachine machine) {
      super(machine);
      this.group = group;
    }

    @Override
    public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
      if (id.index() > newestApplied.getOrDefault(group, 0L)) {
        newestApplied.put(group, id.index());
        commands.forEach(PathProbes.this::onNewCommand);
      }
      return super.apply(id, commands);
    }

    @Override
    public @Nullable Rejection refuse(Command command) {
      Rejection why = super.refuse(command);
      if (why instanceof Rejection.Held) {
        probes.hit(Probe.HELD_BY_LOCKS);
      } else if (why instanceof Rejection.NeedsCommit) {
        probes.hit(Probe.NEEDED_COMMIT);
      } else if (why instanceof Rejection.WrongShard) {
        probes.hit(Probe.WRONG_SHARD);
      }
      return why;
    }

    @Override
    public Checkpoint beginCheckpoint() {
      probes.hit(Probe.CHECKPOINT_WRITTEN);
      return super.beginCheckpoint();
    }

    @Override
    public void install(Prepared prepared) {
      boolean root = group.equals(GroupId.ROOT);
      probes.hit(root ? Probe.SNAPSHOT_INSTALLED : Probe.SHARD_SNAPSHOT_INSTALLED);
      super.install(prepared);
    }
  }
}
