package io.flotilla.node.run;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.Scheduler;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.metrics.NodeMetrics;
import io.flotilla.node.storage.Identity;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupLog;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.log.LogStore;
import io.flotilla.raft.log.RaftLogWriter;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.watch.WatchConfig;
import io.flotilla.router.watch.WatchHub;
import io.flotilla.router.watch.WatchMetrics;
import io.flotilla.router.watch.WatchSource;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.wal.WalConfig;
import io.flotilla.storage.wal.WalRefusedException;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.LoggerFactory;

/// The root group's replica on this node with all that belongs to it: log, store, state machine,
/// watch hub, duties, and the doors to them.
final class RootGroup {
  /// What the group is opened with.
  ///
  /// @param freeBytes of the file system, as last measured
  /// @param halt stops the process
  record Ports(
      Disk disk,
      Clock clock,
      Scheduler loop,
      NodeMetrics metrics,
      LongSupplier freeBytes,
      Consumer<Throwable> halt) {}

  private final ExecutorService walThread = RaftLogWriter.threadFor(GroupId.ROOT);
  private final Ports ports;
  private final NodeConfig config;
  private final Identity identity;
  private final RootMachine machine;
  private final LogStore log;
  private final RaftLogWriter writer;
  private Group group;
  private RootDuties duties;
  private WatchHub hub;

  private RootGroup(
      Ports ports, NodeConfig config, Identity identity, RootMachine machine, LogStore log) {
    this.ports = ports;
    this.config = config;
    this.identity = identity;
    this.machine = machine;
    this.log = log;
    this.writer =
        new RaftLogWriter(
            log, walThread, ports.loop(), RaftLogWriter.Limits.defaults(), new LogListener(ports));
  }

  /// Reads what the disk holds. Blocks; no loop has started yet.
  ///
  /// @throws StartupException when a file is damaged, foreign or cannot be used
  static RootGroup read(
      Ports ports,
      NodeConfig config,
      Identity identity,
      DataDirectory directory,
      Founding founding) {
    try {
      var tree = TreeFile.open(ports.disk(), directory.treeFileOf(GroupId.ROOT), Sizes.treeFile());
      var machine = RootMachine.open(tree, Sizes.root(config.timing()), founding, ports.clock());
      var walConfig =
          new WalConfig(
              GroupId.ROOT,
              config.storage().walSegmentBytes(),
              WalConfig.of(GroupId.ROOT).bufferBytes(),
              WalConfig.of(GroupId.ROOT).spareSegments());
      var log =
          LogStore.open(ports.disk(), ports.clock(), directory.walOf(GroupId.ROOT), walConfig);
      return new RootGroup(ports, config, identity, machine, log);
    } catch (CorruptionException | WalRefusedException e) {
      throw new StartupException(
          e.getMessage()
              + "; nothing was changed. Look at it with `flotilla storage check`, and restore from"
              + " a backup if it cannot be explained");
    } catch (IOException e) {
      throw new StartupException("the data directory cannot be used: " + e.getMessage());
    }
  }

  /// Starts the replica. On the group's loop, once.
  void open(RaftHost host) {
    openHub();
    group =
        host.open(
            new GroupSpec(
                GroupId.ROOT,
                identity.node(),
                ports.metrics().measured(machine),
                log.recovered(),
                GroupLog.of(writer),
                Membership.ofVoters(Set.of(identity.node())),
                RandomGenerator.getDefault()));
    var local =
        new GroupProposer(
            GroupDoor.of(group),
            () -> group.status().isLeader(),
            ports.clock(),
            ports.loop(),
            config.timing().requestTimeout().toMillis());
    duties =
        new RootDuties(
            machine,
            identity.node(),
            new RootDuties.Settings(
                new SpaceQuota.Limits(quotaLimit(), Sizes.DISK_RESERVE_BYTES),
                Sizes.compaction(config.storage().compaction()),
                true),
            new RootDuties.Ports(
                ports.clock(),
                ports.loop(),
                ports.metrics().countingExpiry(local),
                local,
                local,
                ports.freeBytes()));
    duties.start();
  }

  private long quotaLimit() {
    long quota = config.storage().quotaBytes();
    return quota == Long.MAX_VALUE ? 0 : quota;
  }

  private void openHub() {
    var watch =
        new WatchConfig(
            config.limits().watchProgressInterval().toMillis(),
            Sizes.maxMessageBytes(config.limits()),
            Sizes.WATCH_STREAM_BYTES,
            Sizes.WATCH_PAGE_REVISIONS,
            Sizes.WATCH_PAGE_BYTES);
    hub =
        new WatchHub(
            ports.loop(),
            new Source(),
            watch,
            RandomGenerator.getDefault(),
            new WatchMetrics(ports.metrics().meters()));
    machine.listen(hub);
  }

  Group group() {
    return group;
  }

  RootMachine machine() {
    return machine;
  }

  WatchHub hub() {
    return hub;
  }

  /// What the metrics of this group are read from.
  NodeMetrics.Sources sources() {
    return new NodeMetrics.Sources(
        identity.node(), group::status, machine::facts, writer::counters);
  }

  SpaceQuota quota() {
    return duties.quota();
  }

  /// Tells the cluster this member's name and client URLs.
  Future<Void> publish(MemberAttributes attributes, long deadlineNanos) {
    var command = Command.newBuilder().setMemberAttributes(attributes).build();
    return group
        .propose(command, deadlineNanos)
        .compose(
            result ->
                switch (result) {
                  case CommandResult.Done _ -> Future.succeededFuture();
                  case CommandResult.Rejected(var why) -> Future.failedFuture(why.asException());
                });
  }

  /// Stops what the group does by itself. On its loop, before the host stops.
  void stopDuties() {
    duties.stop();
  }

  /// After the host has closed the log.
  void stopThreads() {
    walThread.shutdown();
  }

  private record LogListener(Ports ports) implements RaftLogWriter.Listener {
    @Override
    public void onFailed(Throwable cause) {
      ports.halt().accept(cause);
    }

    /// The quota sees the missing room by itself and raises the alarm.
    @Override
    public void onDiskFull(DiskFullException cause) {
      LoggerFactory.getLogger(RootGroup.class)
          .atWarn()
          .addKeyValue("event", "disk-full")
          .log("writes wait for room on the disk: {}", cause.getMessage());
    }

    @Override
    public void onSynced(long nanos) {
      ports.metrics().logSynced(nanos);
    }
  }

  /// The hub's view of the history.
  private final class Source implements WatchSource {
    @Override
    public long revision() {
      return machine.revision();
    }

    @Override
    public long compactRevision() {
      return machine.compactRevision();
    }

    @Override
    public QueryRun<HistoryPage> history(ShardQuery.History query) {
      return machine.query(query);
    }

    @Override
    public long clusterId() {
      return identity.clusterId();
    }

    @Override
    public long memberId() {
      return identity.node().value();
    }

    @Override
    public long raftTerm() {
      return group.status().term();
    }
  }
}
