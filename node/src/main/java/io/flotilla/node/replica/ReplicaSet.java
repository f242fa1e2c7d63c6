package io.flotilla.node.replica;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.ordered.ShardFounding;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.router.route.CallerLoop;
import io.flotilla.router.route.Doors;
import io.flotilla.router.route.NodeDoors;
import io.flotilla.router.route.StorageDoor;
import io.flotilla.router.route.StoreSizes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All replicas of a node: the root group's, and one of each shard group. They run on one host and
/// one loop.
///
/// First [#read] from the disk, which blocks; then [#open]. A group that the root group's state
/// comes to name later, because a whole state was received, is read and opened then.
public final class ReplicaSet {
  /// Part of the heap that answers from several groups may take while they are put together.
  private static final long ANSWERS_SHARE = 4;

  private static final long MEASURE_MILLIS = 250;
  private static final long LOOK_MILLIS = 10;

  private final ReplicaPorts ports;
  private final ReplicaConfig config;
  private final Identity identity;
  private final NodeFiles files;
  private final RootReplica root;
  private final List<ShardReplica> read;
  private final GroupMembers members;
  private final Set<GroupId> known = new HashSet<>();
  private volatile Map<GroupId, ShardReplica> open = Map.of();
  private volatile StoreSizes sizes = StoreSizes.NONE;
  private boolean measuring;
  private boolean stopped;

  private ReplicaSet(
      ReplicaPorts ports,
      ReplicaConfig config,
      Identity identity,
      NodeFiles files,
      RootReplica root) {
    this.ports = ports;
    this.config = config;
    this.identity = identity;
    this.files = files;
    this.root = root;
    this.read = new ArrayList<>();
    this.members = new GroupMembers(root.machine()::membership, ports.clock(), ports.loop());
  }

  /// Reads what the disk holds. Blocks; any thread, before [#open].
  ///
  /// @param identity as for [RootReplica#read]
  /// @throws io.flotilla.base.CorruptionException when a file is damaged
  /// @throws io.flotilla.storage.wal.WalRefusedException when a log is another group's
  /// @throws IOException when the disk fails
  public static ReplicaSet read(
      ReplicaPorts ports, ReplicaConfig config, Identity identity, NodeFiles files)
      throws IOException {
    RootReplica root = RootReplica.read(ports, config, identity, files);
    var all = new ReplicaSet(ports, config, identity, files, root);
    for (GroupRecord group : root.machine().groups()) {
      all.read.add(all.readShard(group));
    }
    return all;
  }

  private ShardReplica readShard(GroupRecord record) throws IOException {
    var group = new GroupId(record.getGroup());
    if (!isFounder(record)) {
      return ShardReplica.read(ports, config, files, group, null);
    }
    requireFiles(group);
    return ShardReplica.read(ports, config, files, group, founding(root.machine(), record));
  }

  private boolean isFounder(GroupRecord record) {
    return record.getFoundersList().contains(identity.node().value());
  }

  /// All groups of a founder have files before one of them runs. One without would forget what it
  /// voted for.
  private void requireFiles(GroupId group) throws IOException {
    Path directory = files.group(group);
    if (root.hasRun() && !ports.disk().exists(directory)) {
      throw new CorruptionException(
          directory, 0, "group " + group + " is missing: this node has run it before");
    }
  }

  private static ShardFounding founding(RootMachine machine, GroupRecord record) {
    var group = new GroupId(record.getGroup());
    Set<NodeId> voters =
        record.getFoundersList().stream().map(NodeId::new).collect(Collectors.toSet());
    return new ShardFounding(
        group,
        machine.shardMap().shards().stream()
            .filter(shard -> shard.group().equals(group))
            .map(Shard::range)
            .toList(),
        Membership.ofVoters(voters));
  }

  /// Begins to run. On the host's loop, once.
  ///
  /// @param hub the host's peers
  /// @param links to other nodes, those of the hub; from now on they follow the members
  /// @throws io.flotilla.base.InvariantViolation if a log and its state do not fit together
  public void open(RaftHost host, PeerHub hub, PeerLinks links) {
    root.shardBytes(this::storeBytes);
    root.open(host, hub, links);
    read.forEach(replica -> open(host, replica));
    read.clear();
    root.machine().onReplacement(() -> openMissing(host));
  }

  private void open(RaftHost host, ShardReplica replica) {
    known.add(replica.group());
    Group group = replica.open(host, identity);
    ShardGroupMachine machine = replica.machine();
    root.shards().add(group, machine);
    var history = new ShardHistory(group.id(), machine, root.shards().completeness());
    machine.listen(root.hub().join(group.id(), history));
    machine.onOwnChange(() -> root.hub().onOwnChange(group.id(), machine.revision()));
    members.add(group);
    var all = new TreeMap<>(open);
    all.put(replica.group(), replica);
    open = all;
    if (!measuring) {
      measuring = true;
      measure();
    }
  }

  private long storeBytes() {
    long bytes = 0;
    for (ShardReplica replica : open.values()) {
      bytes += replica.machine().storeBytes();
    }
    return bytes;
  }

  /// What the stores of shard groups take is asked for by any thread and known on the loop.
  private void measure() {
    if (!stopped) {
      long bytes = storeBytes();
      sizes = new StoreSizes(bytes, bytes);
      ports.loop().after(MEASURE_MILLIS, this::measure);
    }
  }

  /// A member that joined is told of groups with the root group's state; what they hold it is sent
  /// when they let it take part.
  private void openMissing(RaftHost host) {
    for (GroupRecord record : root.machine().groups()) {
      if (known.add(new GroupId(record.getGroup()))) {
        ports.snapshots().execute(() -> readAndOpen(host, record));
      }
    }
  }

  private void readAndOpen(RaftHost host, GroupRecord record) {
    try {
      var group = new GroupId(record.getGroup());
      ShardReplica replica = ShardReplica.read(ports, config, files, group, null);
      ports.loop().execute(() -> openUnlessStopped(host, replica));
    } catch (IOException | RuntimeException failure) {
      ports.halt().accept(failure);
    }
  }

  private void openUnlessStopped(RaftHost host, ShardReplica replica) {
    if (!stopped) {
      open(host, replica);
    } else {
      abandon(replica);
    }
  }

  private void abandon(ShardReplica replica) {
    try {
      replica.abandon();
    } catch (IOException failure) {
      ports.halt().accept(failure);
    }
  }

  /// Completes when every shard group's replica here knows a leader and shows what the root group
  /// knows now: until then clients of a node that begins would have to wait. On the loop.
  ///
  /// @param deadlineNanos when it completes at the latest, as a group that is down delays nobody
  ///     else; but not while there is a replica that was never sent its state
  public Future<Void> caughtUp(long deadlineNanos) {
    Promise<Void> promise = Promise.promise();
    look(promise, root.machine().revision(), deadlineNanos);
    return promise.future();
  }

  private void look(Promise<Void> promise, long revision, long deadlineNanos) {
    boolean late = ports.clock().nanoTime() - deadlineNanos >= 0;
    boolean done =
        open.size() >= root.machine().groups().size()
            && open.values().stream().allMatch(replica -> isReady(replica, revision, late));
    if (done || stopped) {
      promise.complete();
    } else {
      ports.loop().after(LOOK_MILLIS, () -> look(promise, revision, deadlineNanos));
    }
  }

  private boolean isReady(ShardReplica replica, long revision, boolean late) {
    if (late) {
      return !replica.machine().group().equals(GroupId.ROOT);
    }
    boolean led = !replica.hosted().status().leader().equals(NodeId.NONE);
    return led && root.shards().completeness().completeTo(replica.group()) >= revision;
  }

  public RootReplica root() {
    return root;
  }

  /// The replicas of shard groups that are open, by group; any thread.
  public Map<GroupId, ShardReplica> shards() {
    return open;
  }

  /// The replica of a group as it was last; null when it is not open. Any thread.
  public @Nullable GroupStatus status(GroupId group) {
    if (group.equals(GroupId.ROOT)) {
      return root.group().status();
    }
    ShardReplica replica = open.get(group);
    return replica == null ? null : replica.hosted().status();
  }

  /// All that a front needs; after [#open].
  ///
  /// @param quotaBytes as clients are told; [Long#MAX_VALUE] for none
  /// @param callers the loops of requests
  public Doors doors(long quotaBytes, StorageDoor storage, CallerLoop callers) {
    var node =
        new NodeDoors.Node(
            identity.node(),
            ports.clock(),
            root.machine()::facts,
            () -> sizes,
            root.quota(),
            new NodeDoors.Limits(quotaBytes, Runtime.getRuntime().maxMemory() / ANSWERS_SHARE),
            storage);
    return NodeDoors.of(root.group(), root.ways(), node, callers);
  }

  /// As [RootReplica#stopDuties].
  public void stopDuties() {
    stopped = true;
    members.stop();
    root.stopDuties();
  }

  /// As [RootReplica#abandon], of all replicas.
  public void abandon() throws IOException {
    for (ShardReplica replica : open.values()) {
      replica.abandon();
    }
    root.abandon();
  }
}
