package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.order.OrderedReplica;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.ordered.ShardFounding;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.storage.wal.WalCounters;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The replica of one shard group on this node: log, store and state machine.
///
/// First [#read] from the disk, which blocks; then [#open] on the host that runs the root group's
/// replica. The host closes log and state when it stops.
public final class ShardReplica implements OrderedReplica {
  private final GroupId group;
  private final ReplicaPorts ports;
  private final ReplicaConfig config;
  private final ShardGroupMachine machine;
  private final ReplicaLog log;
  private @Nullable Open open;

  private record Open(Group group, GroupProposer local) {}

  private ShardReplica(
      GroupId group, ReplicaPorts ports, ReplicaConfig config, ShardGroupMachine machine,
      ReplicaLog log) {
    this.group = group;
    this.ports = ports;
    this.config = config;
    this.machine = machine;
    this.log = log;
  }

  /// Reads what the disk holds. Blocks; any thread, before [#open].
  ///
  /// @param founding what a new state begins with, on a node that founds the group
  /// @throws io.flotilla.base.CorruptionException when a file is damaged
  /// @throws io.flotilla.storage.wal.WalRefusedException when the log is another group's
  /// @throws IOException when the disk fails
  static ShardReplica read(
      ReplicaPorts ports, ReplicaConfig config, NodeFiles files, ShardFounding founding)
      throws IOException {
    GroupId group = founding.group();
    var tree = ReplicaLog.openTree(ports, files, group, config.shardTree());
    var machine =
        ShardGroupMachine.open(tree, config.shardMachine(), founding, ports.clock());
    try {
      var log = ReplicaLog.open(ports, files, group, config.shardSegmentBytes());
      return new ShardReplica(group, ports, config, machine, log);
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
    var local =
        new GroupProposer(
            GroupDoor.of(opened),
            machine::leads,
            ports.clock(),
            ports.loop(),
            config.requestTimeoutMillis());
    open = new Open(opened, local);
    return opened;
  }

  private Open running() {
    Open now = open;
    if (now == null) {
      throw new IllegalStateException("the replica of group " + group + " is not open");
    }
    return now;
  }

  @Override
  public GroupId group() {
    return group;
  }

  /// The replica as its host runs it; after [#open].
  public Group hosted() {
    return running().group();
  }

  /// Owned by the loop.
  public ShardGroupMachine machine() {
    return machine;
  }

  /// Figures of the log; any thread.
  public WalCounters logCounters() {
    return log.counters();
  }

  @Override
  public boolean leads() {
    return machine.leads();
  }

  @Override
  public long executed() {
    return machine.executed();
  }

  @Override
  public long ordered() {
    return machine.ordered();
  }

  @Override
  public long processed() {
    return machine.processed();
  }

  @Override
  public long logged() {
    return machine.logged();
  }

  @Override
  public long head() {
    return machine.head();
  }

  @Override
  public void offer(JournalItem item) {
    machine.offer(item);
  }

  /// To the replica here, never through another node.
  @Override
  public void propose(Command command, Consumer<CommandResult> onResult) {
    running().local().propose(command, onResult);
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
