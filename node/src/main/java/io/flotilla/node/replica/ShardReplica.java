package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.log.RecoveredLog;
import io.flotilla.raft.ordered.ShardFounding;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.storage.wal.WalCounters;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The replica of one shard group on this node: log, store and state machine.
///
/// First [#read] from the disk, which blocks; then [#open] on the host that runs the root group's
/// replica. The host closes log and state when it stops.
public final class ShardReplica {
  private final GroupId group;
  private final ReplicaPorts ports;
  private final ShardGroupMachine machine;
  private final ReplicaLog log;
  private @Nullable Group hosted;

  private ShardReplica(
      GroupId group, ReplicaPorts ports, ShardGroupMachine machine, ReplicaLog log) {
    this.group = group;
    this.ports = ports;
    this.machine = machine;
    this.log = log;
  }

  /// Reads what the disk holds. Blocks; any thread, before [#open].
  ///
  /// @param founding what a new state begins with; null on a node that did not found the group and
  ///     is sent its state
  /// @throws io.flotilla.base.CorruptionException when a file is damaged
  /// @throws io.flotilla.storage.wal.WalRefusedException when the log is another group's
  /// @throws IOException when the disk fails
  static ShardReplica read(
      ReplicaPorts ports,
      ReplicaConfig config,
      NodeFiles files,
      GroupId group,
      @Nullable ShardFounding founding)
      throws IOException {
    var tree = ReplicaLog.openTree(ports, files, group, config.shardTree());
    var machine = ShardGroupMachine.open(tree, config.shardMachine(), founding, ports.clock());
    try {
      var log = ReplicaLog.open(ports, files, group, config.shardSegmentBytes());
      return new ShardReplica(group, ports, machine, log);
    } catch (IOException | RuntimeException failure) {
      machine.close();
      throw failure;
    }
  }

  /// Begins to run. On the host's loop, once.
  ///
  /// @throws io.flotilla.base.InvariantViolation if log and state do not fit together
  Group open(RaftHost host, Identity identity) {
    Group opened =
        host.open(
            new GroupSpec(
                group,
                identity.node(),
                ports.meters().measured(group, machine),
                log.recovered(),
                log.writer(),
                machine.membership(),
                ports.random()));
    hosted = opened;
    return opened;
  }

  /// The replica as its host runs it; after [#open].
  public Group hosted() {
    Group opened = hosted;
    if (opened == null) {
      throw new IllegalStateException("the replica of group " + group + " is not open");
    }
    return opened;
  }

  public GroupId group() {
    return group;
  }

  /// Owned by the loop.
  public ShardGroupMachine machine() {
    return machine;
  }

  /// What the log held when it was read.
  RecoveredLog recovered() {
    return log.recovered();
  }

  /// Figures of the log; any thread.
  public WalCounters logCounters() {
    return log.counters();
  }

  /// As [RootReplica#abandon].
  void abandon() throws IOException {
    try {
      log.abandon();
    } finally {
      machine.close();
    }
  }
}
