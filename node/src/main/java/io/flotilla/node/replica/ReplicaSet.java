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

/// All replicas of a node: the root group's, and one of each shard group that names this node. They
/// run on one host and one loop.
///
/// First [#read] from the disk, which blocks; then [#open]. A group that the root group's state
/// comes to name later, because a whole state was received, is read and opened then.
public final class ReplicaSet {
  /// Part of the heap that answers from several groups may take while they are put together.
  private static final long ANSWERS_SHARE = 4;

  private static final long MEASURE_MILLIS = 250;

  private final ReplicaPorts ports;
  private final ReplicaConfig config;
  private final Identity identity;
  private final NodeFiles files;
  private final RootReplica root;
  private final List<ShardReplica> read;
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
    for (ShardFounding founding : all.foundings()) {
      all.requireFiles(founding.group());
      all.read.add(ShardReplica.read(ports, config, files, founding));
    }
    return all;
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

  /// The groups of which this node has a replica, as the root group's state says now.
  private List<ShardFounding> foundings() {
    RootMachine machine = root.machine();
    return machine.groups().stream()
        .filter(record -> record.getFoundersList().contains(identity.node().value()))
        .map(record -> founding(machine, record))
        .toList();
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

  private void openMissing(RaftHost host) {
    for (ShardFounding founding : foundings()) {
      if (known.add(founding.group())) {
        ports.snapshots().execute(() -> readAndOpen(host, founding));
      }
    }
  }

  private void readAndOpen(RaftHost host, ShardFounding founding) {
    try {
      ShardReplica replica = ShardReplica.read(ports, config, files, founding);
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
