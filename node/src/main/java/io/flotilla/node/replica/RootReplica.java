package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupLog;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.log.LogStore;
import io.flotilla.raft.log.RaftLogWriter;
import io.flotilla.router.watch.WatchHub;
import io.flotilla.router.watch.WatchMetrics;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.file.Directories;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.wal.WalConfig;
import io.flotilla.storage.wal.WalCounters;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// The root group's replica on this node with all that belongs to it: log, store, state machine,
/// watch hub and duties.
///
/// First [#read] from the disk, which blocks; then [#open] on the host that runs it. The host
/// closes log and state when it stops.
public final class RootReplica {
  private final ReplicaPorts ports;
  private final ReplicaConfig config;
  private final Identity identity;
  private final RootMachine machine;
  private final LogStore log;
  private final RaftLogWriter writer;
  private final WatchHub hub;
  private @Nullable Running running;

  /// What there is once the host runs the replica.
  private record Running(Group group, RootDuties duties) {}

  private RootReplica(
      ReplicaPorts ports,
      ReplicaConfig config,
      Identity identity,
      RootMachine machine,
      LogStore log) {
    this.ports = ports;
    this.config = config;
    this.identity = identity;
    this.machine = machine;
    this.log = log;
    this.writer =
        new RaftLogWriter(
            log,
            ports.walThread(),
            ports.loop(),
            RaftLogWriter.Limits.defaults(),
            new LogListener(ports));
    this.hub =
        new WatchHub(
            ports.loop(),
            new ReplicaHistory(machine, identity, () -> group().status().term()),
            config.watch(),
            ports.random(),
            new WatchMetrics(ports.meters().meters()));
    machine.listen(hub);
  }

  /// Reads what the disk holds. Blocks; any thread, before [#open].
  ///
  /// @param founding with which all voters of a new cluster begin; null for a node that joins a
  ///     running one and is told its members by the leader. Without effect on a state that holds
  ///     members already
  /// @throws io.flotilla.base.CorruptionException when a file is damaged
  /// @throws io.flotilla.storage.wal.WalRefusedException when the log is another group's
  /// @throws IOException when the disk fails
  public static RootReplica read(
      ReplicaPorts ports,
      ReplicaConfig config,
      Identity identity,
      NodeFiles files,
      @Nullable Founding founding)
      throws IOException {
    Path treeFile = files.tree(GroupId.ROOT);
    Directories.createDurably(ports.disk(), treeFile.getParent());
    var tree = TreeFile.open(ports.disk(), treeFile, config.tree());
    var machine = RootMachine.open(tree, config.machine(), founding, ports.clock());
    var wal = WalConfig.of(GroupId.ROOT);
    var walConfig =
        new WalConfig(
            GroupId.ROOT, config.walSegmentBytes(), wal.bufferBytes(), wal.spareSegments());
    var log = LogStore.open(ports.disk(), ports.clock(), files.wal(GroupId.ROOT), walConfig);
    return new RootReplica(ports, config, identity, machine, log);
  }

  /// Begins to run. On the host's loop, once.
  ///
  /// @throws io.flotilla.base.InvariantViolation if log and state do not fit together
  public void open(RaftHost host) {
    Group group =
        host.open(
            new GroupSpec(
                GroupId.ROOT,
                self(),
                ports.meters().measured(machine),
                log.recovered(),
                GroupLog.of(writer),
                machine.membership(),
                ports.random()));
    var duties = duties(group);
    running = new Running(group, duties);
    duties.start();
  }

  private RootDuties duties(Group group) {
    var local =
        new GroupProposer(
            GroupDoor.of(group),
            () -> group.status().isLeader(),
            ports.clock(),
            ports.loop(),
            config.requestTimeoutMillis());
    var dutyPorts =
        new RootDuties.Ports(
            ports.clock(),
            ports.loop(),
            ports.meters().countingExpiry(local),
            local,
            local,
            ports.freeBytes());
    return new RootDuties(machine, self(), config.duties(), dutyPorts);
  }

  public NodeId self() {
    return identity.node();
  }

  /// The door to the replica; after [#open].
  public Group group() {
    return running().group();
  }

  /// Owned by the loop; [RootMachine#facts] is for every thread.
  public RootMachine machine() {
    return machine;
  }

  /// The watches of this node.
  public WatchHub hub() {
    return hub;
  }

  /// Asked before a write is let in; after [#open].
  public SpaceQuota quota() {
    return running().duties().quota();
  }

  /// Figures of the log; any thread.
  public WalCounters logCounters() {
    return writer.counters();
  }

  /// Stops what the replica does by itself. On its loop, before the host stops.
  public void stopDuties() {
    running().duties().stop();
  }

  private Running running() {
    Running now = running;
    if (now == null) {
      throw new IllegalStateException("the replica is not open");
    }
    return now;
  }

  private record LogListener(ReplicaPorts ports) implements RaftLogWriter.Listener {
    @Override
    public void onFailed(Throwable cause) {
      ports.halt().accept(cause);
    }

    /// The quota sees the missing room by itself and raises the alarm.
    @Override
    public void onDiskFull(DiskFullException cause) {
      LoggerFactory.getLogger(RootReplica.class)
          .atWarn()
          .addKeyValue("event", "disk-full")
          .log("writes wait for room on the disk: {}", cause.getMessage());
    }

    @Override
    public void onSynced(long nanos) {
      ports.meters().logSynced(nanos);
    }
  }
}
