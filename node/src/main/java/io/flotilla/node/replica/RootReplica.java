package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.RootSites;
import io.flotilla.placement.client.ShardAdminCalls;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.txn.ShardDuties;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.snapshot.SnapshotTransfers;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.router.feed.FeedServer;
import io.flotilla.router.feed.GroupFeed;
import io.flotilla.router.route.NodeDoors;
import io.flotilla.router.watch.WatchHub;
import io.flotilla.router.watch.WatchMetrics;
import io.flotilla.storage.wal.WalCounters;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The root group's replica on this node with all that belongs to it: log, store, state machine,
/// watch hub and duties, and what it does for other nodes.
///
/// First [#read] from the disk, which blocks; then [#open] on the host that runs it. The host
/// closes log and state when it stops.
public final class RootReplica {
  private final ReplicaPorts ports;
  private final ReplicaConfig config;
  private final Identity identity;
  private final NodeFiles files;
  private final RootMachine machine;
  private final ReplicaLog log;
  private final WatchHub hub;
  private @Nullable SnapshotTransfers transfers;
  private @Nullable Participation participation;
  private @Nullable ReplicaWatches watches;
  private LongSupplier shardBytes = () -> 0;

  /// What the disk held.
  private record State(RootMachine machine, ReplicaLog log) {}

  private RootReplica(
      ReplicaPorts ports, ReplicaConfig config, Identity identity, NodeFiles files, State state) {
    RootMachine machine = state.machine();
    this.files = files;
    this.ports = ports;
    this.config = config;
    this.identity = identity;
    this.machine = machine;
    this.log = state.log();
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
  /// @param identity whose origin a state without members begins with: the founders, or nobody for
  ///     a node that joins and is told its members by the leader
  /// @throws io.flotilla.base.CorruptionException when a file is damaged
  /// @throws io.flotilla.storage.wal.WalRefusedException when the log is another group's
  /// @throws IOException when the disk fails
  public static RootReplica read(
      ReplicaPorts ports, ReplicaConfig config, Identity identity, NodeFiles files)
      throws IOException {
    var tree = ReplicaLog.openTree(ports, files, GroupId.ROOT, config.tree());
    Founding founding = identity.origin().founding();
    var machine = RootMachine.open(tree, config.machine(), founding, ports.clock());
    var log = ReplicaLog.open(ports, files, GroupId.ROOT, config.walSegmentBytes());
    return new RootReplica(ports, config, identity, files, new State(machine, log));
  }

  /// Begins to run. On the host's loop, once.
  ///
  /// @param to other nodes; from now on the links follow the members
  /// @throws io.flotilla.base.InvariantViolation if log and state do not fit together
  public void open(RaftHost host, Connections to) {
    PeerHub hub = to.hub();
    transfers = Participation.transfers(own(), this::stateDirectory, host, hub);
    hub.installer(transfers);
    hub.attach(host);
    hub.onLost(host::peerLost);
    Group group =
        host.open(
            new GroupSpec(
                GroupId.ROOT,
                self(),
                ports.meters().measured(machine),
                log.recovered(),
                log.writer(),
                machine.membership(),
                ports.random()));
    participation = new Participation(own(), group, host, to);
    new WatchFeed(machine, this.hub).start();
    shards().completeness().listen(this.hub::onCompleted);
    watches = watchesWith(to);
  }

  /// Watches of this node follow groups elsewhere, and those of others the groups here.
  private ReplicaWatches watchesWith(Connections to) {
    Completeness followed = shards().order().followed();
    var sites = new RootSites(self(), machine);
    followed.listen(hub::onCompleted);
    hub.follow(Following.groups(ports, to, sites, shards().doors(), followed));
    var feeds = new FeedServer(ports.loop(), GroupFeed.Limits.within(to.limits()));
    feeds.serve(to.streams());
    return new ReplicaWatches(hub, feeds, sites, shards().completeness());
  }

  /// What the stores of shard groups take beside this one, on the loop; they share the quota.
  void shardBytes(LongSupplier bytes) {
    shardBytes = bytes;
  }

  /// Whether the disk held anything but the beginning.
  boolean hasRun() {
    return machine.applied().index() > 0
        || log.recovered().hardState().term() > 0
        || log.recovered().last().index() > 0;
  }

  private Participation.Own own() {
    return new Participation.Own(ports, config, identity, machine, () -> shardBytes.getAsLong());
  }

  private Path stateDirectory(GroupId group) {
    return files.tree(group).getParent();
  }

  public NodeId self() {
    return identity.node();
  }

  /// The replica as its host runs it; after [#open].
  public Group group() {
    return running().group();
  }

  /// The way to the group from here, whoever leads it; after [#open].
  public GroupDoor door() {
    return running().door();
  }

  /// A replica of a shard group is about to be opened here; after [#open].
  void expect(GroupId shard) {
    if (transfers != null) {
      transfers.expect(shard);
    }
  }

  /// A replica of a shard group was opened here; after [#open].
  void add(Group shard, ShardGroupMachine shardMachine) {
    running().add(shard, shardMachine);
  }

  /// It is about to be closed for good.
  void remove(GroupId shard) {
    running().remove(shard);
    if (transfers != null) {
      transfers.forget(shard);
    }
  }

  /// What is done for shard groups; after [#open].
  ShardDuties shards() {
    return running().shards();
  }

  /// Changes of the shards, and what is known of them, at the leader of the root group; after
  /// [#open].
  public ShardAdminCalls admin() {
    return running().shards().admin();
  }

  /// The ways to all groups; after [#open].
  NodeDoors.Ways ways() {
    return running().ways();
  }

  /// Asked by fronts before they let a write in; after [#open].
  SpaceQuota quota() {
    return running().duties().quota();
  }

  /// Owned by the loop; [RootMachine#facts] is for every thread.
  public RootMachine machine() {
    return machine;
  }

  /// The watches of this node.
  public WatchHub hub() {
    return hub;
  }

  /// How watches hear of replicas of shard groups here; after [#open].
  ReplicaWatches watches() {
    return Objects.requireNonNull(watches, "the replica is open");
  }

  /// Figures of the log; any thread.
  public WalCounters logCounters() {
    return log.counters();
  }

  /// Whose state differs from this replica's, of those that can be asked: a node that finds one
  /// should not serve (etcd's initial corruption check). After [#open], on the loop.
  public Future<List<NodeId>> differing(long deadlineNanos) {
    return running().differing(deadlineNanos);
  }

  /// Stops what the replica does by itself and for callers; the links stay as they are. On its
  /// loop, before the host stops.
  public void stopDuties() {
    running().stop();
    if (transfers != null) {
      transfers.close();
    }
  }

  /// Gives memory and files back without another write, where a replica ends like one whose process
  /// was killed and the process goes on: in simulations. Nothing else runs meanwhile or afterwards.
  public void abandon() throws IOException {
    try {
      log.abandon();
    } finally {
      machine.close();
    }
  }

  private Participation running() {
    Participation now = participation;
    if (now == null) {
      throw new IllegalStateException("the replica is not open");
    }
    return now;
  }
}
