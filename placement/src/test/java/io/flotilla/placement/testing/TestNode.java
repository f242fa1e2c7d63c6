package io.flotilla.placement.testing;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.client.HashCalls;
import io.flotilla.placement.client.MemberErrands;
import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.MemberChanger;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.peer.Call;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupLog;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.HostPorts;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.RecoveredLog;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.raft.snapshot.SnapshotMetrics;
import io.flotilla.raft.snapshot.SnapshotPorts;
import io.flotilla.raft.snapshot.SnapshotTransfers;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One node of a [TestCluster]: the root group's replica with its duties and what serves others.
public final class TestNode {
  private static final Path TREE_FILE = Path.of("/group/db");
  static final int TICK_MILLIS = 100;
  private static final HostConfig CONFIG =
      new HostConfig(
          new RaftConfig(
              10, 1, 0, false, new RaftConfig.Bounds(8, 1 << 20, 1 << 20, 1 << 24, 1 << 20)),
          TICK_MILLIS,
          new HostConfig.Limits(1000, 1 << 22, 1 << 20, 1 << 20, 1000, 1000),
          new HostConfig.CheckpointPolicy(1 << 30, 30_000_000, 1 << 30));

  public final NodeId id;
  public final RootMachine machine;
  public final RaftHost host;
  final SnapshotTransfers states;
  public final Group group;
  public final GroupDoor door;
  public final MemberErrands members;
  public final HashCalls hashes;
  public final List<Throwable> halted = new ArrayList<>();
  public final Scheduler loop;
  public boolean removed;
  boolean dead;
  private boolean asleep;
  private final Queue<Runnable> missed = new ArrayDeque<>();
  private final Map<Call.BodyCase, CallHandler> handlers = new EnumMap<>(Call.BodyCase.class);

  TestNode(NodeId id, @Nullable Founding founding, TestCluster cluster) {
    this.id = id;
    this.loop = new OwnLoop(cluster.loop);
    var disk = new SimDisk();
    this.machine = machine(disk, founding, cluster);
    var metrics = new HostMetrics(new SimpleMeterRegistry());
    host =
        new RaftHost(
            CONFIG,
            new HostPorts(
                loop,
                Callers.oneLoop(),
                cluster.loop,
                loop::execute,
                cluster.peersOf(this),
                metrics,
                halted::add));
    var ports =
        new SnapshotPorts(
            cluster.laneOf(this),
            loop,
            cluster.loop,
            disk,
            loop::execute,
            _ -> TREE_FILE.getParent(),
            new SplittableRandom(~id.value()));
    var moved = new SnapshotMetrics(new SimpleMeterRegistry());
    states = new SnapshotTransfers(ports, SnapshotLimits.defaults(0), host, moved);
    group = host.open(spec());
    group.onRemoved(() -> removed = true);
    door = GroupDoor.of(group);
    var changer =
        new MemberChanger(
            id,
            new MemberChecks.Rules(1, true),
            new MemberChanger.Ports(group, machine, cluster.healthOf(this), cluster.loop, loop));
    members =
        new MemberErrands(
            id,
            group,
            changer,
            () -> machine.members().clusterId(),
            new MemberErrands.Ports(cluster.callsOf(this), cluster.loop, loop, Callers.oneLoop()));
    hashes =
        new HashCalls(id, group, cluster.callsOf(this), () -> machine.shardMap().epoch().value());
    members.register(handlers::put);
    hashes.register(handlers::put);
    duties(cluster).start();
  }

  private static RootMachine machine(
      SimDisk disk, @Nullable Founding founding, TestCluster cluster) {
    try {
      disk.createDirectories(TREE_FILE.getParent());
      var file = TreeFile.open(disk, TREE_FILE, TreeFileConfig.standard());
      var config = new RootConfig(new ShardConfig(64, 8, 256), 1000, 1 << 20, 1_000_000);
      return RootMachine.open(file, config, founding, cluster.loop);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private GroupSpec spec() {
    return new GroupSpec(
        GroupId.ROOT,
        id,
        machine,
        new RecoveredLog(HardState.FRESH, EntryId.ZERO, List.of()),
        new LoopLog(),
        machine.membership(),
        new SplittableRandom(id.value()));
  }

  private RootDuties duties(TestCluster cluster) {
    var local = new GroupProposer(door, () -> group.status().isLeader(), cluster.loop, loop, 5000);
    return new RootDuties(
        machine,
        id,
        new RootDuties.Settings(SpaceQuota.Limits.OFF, new AutoCompaction.Off(), true),
        new RootDuties.Ports(cluster.loop, loop, local, local, local, () -> Long.MAX_VALUE));
  }

  CallHandler handler(Call.BodyCase kind) {
    return handlers.get(kind);
  }

  /// Nothing runs here until [#wake]; then everything that fell due does, in order.
  public void sleep() {
    asleep = true;
  }

  public void wake() {
    asleep = false;
    while (!missed.isEmpty() && !asleep) {
      missed.remove().run();
    }
  }

  public boolean leads() {
    return !dead && !asleep && group.status().ready();
  }

  private void run(Runnable task) {
    if (asleep) {
      missed.add(task);
    } else if (!dead) {
      task.run();
    }
  }

  private final class OwnLoop implements Scheduler {
    private final SimLoop shared;

    OwnLoop(SimLoop shared) {
      this.shared = shared;
    }

    @Override
    public void execute(Runnable task) {
      shared.execute(() -> run(task));
    }

    @Override
    public Cancellable after(long delayMillis, Runnable task) {
      return shared.after(delayMillis, () -> run(task));
    }
  }

  /// Durable after a millisecond.
  private final class LoopLog implements GroupLog {
    @Override
    public boolean persist(LogBatch batch, Runnable durable) {
      loop.after(1, durable);
      return true;
    }

    @Override
    public boolean truncatePrefix(EntryId mark, Runnable done) {
      loop.execute(done);
      return true;
    }

    @Override
    public boolean close(Runnable closed) {
      loop.execute(closed);
      return true;
    }
  }
}
