package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.handover.HandoverLimits;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.placement.order.OrderMetrics;
import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.placement.txn.ShardDuties;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.HostPorts;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardFounding;
import io.flotilla.raft.ordered.ShardGroupConfig;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.raft.snapshot.SnapshotMetrics;
import io.flotilla.raft.snapshot.SnapshotPorts;
import io.flotilla.raft.snapshot.SnapshotTransfers;
import io.flotilla.raft.transport.PeerCalls;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.raft.transport.PeerLimits;
import io.flotilla.raft.transport.PeerMetrics;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// Nodes of a cluster with a root group and shard groups, on virtual time: real machines, hosts,
/// hubs and doors on simulated disks and connections.
final class ShardCluster {
  private static final int TICK_MILLIS = 20;
  static final int ELECTION_MILLIS = 10 * TICK_MILLIS;
  private static final AnywhereDoor.Limits LIMITS = new AnywhereDoor.Limits(500, 1 << 20);

  final SimLoop loop = new SimLoop();
  final Random random;
  final FaultyNetwork network;
  final List<Node> nodes = new ArrayList<>();
  final Founding founding;
  final FaultyStreams streams;
  private final UnaryOperator<PeerCalls> calls;
  private final HandoverLimits handovers;

  /// @param borders first keys of the shard groups, ascending
  ShardCluster(Random random, int voters, String... borders) {
    this(random, calls -> calls, voters, borders);
  }

  /// @param calls stands between the doors and the network
  ShardCluster(Random random, UnaryOperator<PeerCalls> calls, int voters, String... borders) {
    this(random, calls, HandoverLimits.STANDARD, voters, borders);
  }

  /// @param handovers how keys move
  ShardCluster(
      Random random,
      UnaryOperator<PeerCalls> calls,
      HandoverLimits handovers,
      int voters,
      String... borders) {
    this(random, new Wiring(calls, bytes -> bytes, handovers), new Size(voters, 0), borders);
  }

  /// What stands between the nodes.
  ///
  /// @param calls between the doors and the network
  /// @param questions what becomes of them on their way to replicas elsewhere
  /// @param handovers how keys move
  record Wiring(
      UnaryOperator<PeerCalls> calls,
      UnaryOperator<ByteString> questions,
      HandoverLimits handovers) {}

  /// @param replicas of each shard group; 0 for one on every node
  record Size(int voters, int replicas) {}

  ShardCluster(Random random, Wiring wiring, Size size, String... borders) {
    int voters = size.voters();
    this.calls = wiring.calls();
    HandoverLimits handovers = wiring.handovers();
    this.handovers = handovers;
    this.random = random;
    this.network = new FaultyNetwork(loop, random);
    this.streams = new FaultyStreams(loop, random, network, wiring.questions());
    List<Member> members =
        IntStream.rangeClosed(1, voters)
            .mapToObj(i -> Member.added(new NodeId(i), List.of("http://n" + i), false))
            .toList();
    this.founding = new Founding(members, map(borders), size.replicas());
    for (int i = 1; i <= voters; i++) {
      nodes.add(new Node(i));
    }
    nodes.forEach(Node::start);
    network.heal();
  }

  /// A request for the keys of an interval that one group has, in pieces.
  List<RangeRequest> parts(RangeRequest request, GroupId group) {
    KeyRange span =
        KeyRange.ofEtcd(request.getKey().toByteArray(), request.getRangeEnd().toByteArray());
    return new OwnKeys(founding.map().ranges(group))
        .clip(span).stream().map(part -> over(request, part)).toList();
  }

  private static RangeRequest over(RangeRequest request, KeyRange part) {
    byte[] end = part.end() == null ? new byte[1] : part.end().bytes();
    return request.toBuilder()
        .setKey(ByteString.copyFrom(part.start().bytes()))
        .setRangeEnd(ByteString.copyFrom(end))
        .build();
  }

  private static ShardMap map(String... borders) {
    List<Shard> shards = new ArrayList<>();
    Key start = KeyRange.ALL.start();
    for (int i = 0; i <= borders.length; i++) {
      Key end = i == borders.length ? null : Key.utf8(borders[i]);
      shards.add(new Shard(new KeyRange(start, end), new GroupId(i)));
      start = end == null ? start : end;
    }
    return new ShardMap(Epoch.FIRST, shards);
  }

  /// What happened to the keys of one group, by revision.
  static final class Recorder implements MutationListener {
    final TreeMap<Long, List<ChangeEvent>> byRevision = new TreeMap<>();

    @Override
    public boolean listening() {
      return true;
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      assertThat(byRevision.isEmpty() ? 0 : byRevision.lastKey()).isLessThan(revision);
      byRevision.put(revision, events);
    }
  }

  final class Node {
    final NodeId id;
    private final Map<GroupId, MemoryLog> logs = new TreeMap<>();
    final List<Throwable> halts = new ArrayList<>();
    boolean up;
    RootMachine machine;
    RaftHost host;
    PeerHub hub;
    final Map<GroupId, Group> groups = new TreeMap<>();
    final Map<GroupId, ShardGroupMachine> machines = new TreeMap<>();
    final Map<GroupId, Recorder> recorders = new TreeMap<>();
    AnywhereDoor rootDoor;
    ShardDuties shards;
    private RootDuties duties;

    Node(int number) {
      this.id = new NodeId(number);
    }

    void start() {
      up = true;
      var disk = new SimDisk();
      machine = RootMachine.open(file(disk, GroupId.ROOT), rootConfig(), founding, loop);
      hub = new PeerHub(id, network.join(id), loop, loop, limits(), metrics());
      host = new RaftHost(config(), ports());
      hub.attach(host);
      hub.installer(transfers(disk));
      hub.onLost(host::peerLost);
      Group root = open(GroupId.ROOT, machine);
      rootDoor = new AnywhereDoor(root, doorPorts(), LIMITS);
      var handlers = new CallHandlers(root);
      handlers.register(hub::onCall);
      var orderMetrics = new OrderMetrics(new SimpleMeterRegistry());
      var rootParts = new ShardDuties.Root(id, root, machine, rootDoor, handlers);
      shards = new ShardDuties(rootParts, doorPorts(), shardLimits(), orderMetrics);
      shards.register(hub::onCall);
      machine.listen(recorder(GroupId.ROOT));
      startDuties(root);
      followGroups(disk, root);
      machine.observe(
          new JournalListener() {
            @Override
            public void onGroupsChanged() {
              loop.execute(() -> followGroups(disk, root));
            }

            @Override
            public void onStartedOver() {
              loop.execute(() -> followGroups(disk, root));
            }
          });
      shards.start();
    }

    private ShardDuties.Limits shardLimits() {
      var remote = new ShardDuties.Remote(streams.join(id), FaultyStreams.LIMITS);
      return new ShardDuties.Limits(LIMITS, handovers, remote);
    }

    /// Opens the groups that are to be here, and closes those that are retired.
    private void followGroups(SimDisk disk, Group root) {
      if (!up || groups.get(GroupId.ROOT) != root) {
        return; // killed meanwhile
      }
      var all = new TreeMap<GroupId, GroupRecord>();
      machine.groups().stream()
          .filter(record -> Placements.hosts(record, id))
          .forEach(record -> all.put(new GroupId(record.getGroup()), record));
      for (GroupId gone : List.copyOf(machines.keySet())) {
        if (!all.containsKey(gone)) {
          shards.remove(gone);
          machines.remove(gone);
          groups.remove(gone);
          host.close(gone);
        }
      }
      all.forEach(
          (group, record) -> {
            if (!machines.containsKey(group)) {
              openShard(disk, group, record);
            }
          });
    }

    private void openShard(SimDisk disk, GroupId group, GroupRecord record) {
      var founders =
          Membership.ofVoters(record.getFoundersList().stream().map(NodeId::new).toList());
      var founded =
          record.getRevision() == 0
              ? new ShardFounding(group, founding.map().ranges(group), founders)
              : new ShardFounding(
                  group,
                  List.of(),
                  founders,
                  record.getRevision(),
                  record.getCompactRevision() == 0 ? -1 : record.getCompactRevision());
      var shard = ShardGroupMachine.open(file(disk, group), shardConfig(), founded, loop);
      shard.listen(recorder(group));
      machines.put(group, shard);
      shards.add(open(group, shard), shard);
    }

    private Recorder recorder(GroupId group) {
      var recorder = new Recorder();
      recorders.put(group, recorder);
      return recorder;
    }

    private Group open(GroupId group, StateMachine state) {
      MemoryLog log = logs.computeIfAbsent(group, _ -> new MemoryLog(loop, random));
      var spec =
          new GroupSpec(
              group,
              id,
              state,
              log.recovered(),
              log,
              state.membership(),
              new Random(random.nextLong()));
      Group opened = host.open(spec);
      groups.put(group, opened);
      return opened;
    }

    private void startDuties(Group root) {
      var local =
          new GroupProposer(GroupDoor.of(root), () -> root.status().isLeader(), loop, loop, 5_000);
      duties =
          new RootDuties(
              machine,
              id,
              new RootDuties.Settings(SpaceQuota.Limits.OFF, new AutoCompaction.Off(), false),
              new RootDuties.Ports(
                  loop, loop, local, shards.coordinated(), local, local, () -> Long.MAX_VALUE));
      duties.start();
    }

    private SnapshotTransfers transfers(SimDisk disk) {
      var ports =
          new SnapshotPorts(
              hub.snapshotLane(),
              loop,
              loop,
              disk,
              loop::execute,
              group -> path(group).getParent(),
              new Random(random.nextLong()));
      var metrics = new SnapshotMetrics(new SimpleMeterRegistry());
      return new SnapshotTransfers(ports, SnapshotLimits.defaults(0), host, metrics);
    }

    private HostPorts ports() {
      var metrics = new HostMetrics(new SimpleMeterRegistry());
      return new HostPorts(loop, Callers.oneLoop(), loop, loop::execute, hub, metrics, halts::add);
    }

    private AnywhereDoor.Ports doorPorts() {
      var seeded = new Random(random.nextLong());
      return new AnywhereDoor.Ports(calls.apply(hub), loop, loop, Callers.oneLoop(), seeded);
    }

    private PeerMetrics metrics() {
      return new PeerMetrics(new SimpleMeterRegistry(), id);
    }

    ShardDoors doors() {
      return shards.doors();
    }

    boolean leads(GroupId group) {
      Group here = groups.get(group);
      return up && here != null && here.status().ready();
    }

    /// kill -9.
    void crash() {
      up = false;
      machines.clear();
      network.leave(id);
      logs.replaceAll((_, log) -> log.afterCrash());
      duties.stop();
      shards.stop();
      rootDoor.stop();
      host.halt(new AssertionError("killed"));
      halts.removeFirst();
      hub.close();
    }

    void restart() {
      start();
      network.heal();
    }
  }

  private static HostConfig config() {
    var bounds = new RaftConfig.Bounds(64, 1 << 20, 1 << 20, 1 << 24, 1 << 20);
    return new HostConfig(
        new RaftConfig(10, 1, 0, false, bounds),
        TICK_MILLIS,
        new HostConfig.Limits(1000, 1 << 22, 1 << 20, 1 << 20, 1000, 1000),
        new HostConfig.CheckpointPolicy(1L << 40, 1L << 40, 1L << 30));
  }

  private static PeerLimits limits() {
    return new PeerLimits(1 << 20, 1 << 21, 10_000, 1 << 23, 1000, 1000);
  }

  private static RootConfig rootConfig() {
    return new RootConfig(new ShardConfig(4096, 64, 256), ELECTION_MILLIS, 1L << 40, 1_000_000);
  }

  private static ShardGroupConfig shardConfig() {
    return new ShardGroupConfig(new ShardConfig(4096, 64, 256), 1L << 40, 1_000_000);
  }

  private static Path path(GroupId group) {
    return Path.of("/group" + group + "/db");
  }

  private static TreeFile file(SimDisk disk, GroupId group) {
    try {
      disk.createDirectories(path(group).getParent());
      return TreeFile.open(disk, path(group), TreeFileConfig.standard());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  List<Node> running() {
    return nodes.stream().filter(node -> node.up).toList();
  }

  List<GroupId> groups() {
    return founding.map().shards().stream().map(Shard::group).toList();
  }

  /// The node that leads a group and may do so, once there is one.
  Node leader(GroupId group) {
    for (int i = 0; i < 500; i++) {
      for (Node node : running()) {
        if (node.leads(group)) {
          return node;
        }
      }
      loop.advance(10);
    }
    throw new AssertionError("nobody leads group " + group);
  }

  /// Some node that does not lead a group.
  Node follower(GroupId group) {
    Node leader = leader(group);
    return running().stream().filter(node -> node != leader).findFirst().orElseThrow();
  }

  void checkNobodyHalted() {
    assertThat(nodes).allSatisfy(node -> assertThat(node.halts).as("node %s", node.id).isEmpty());
  }

  /// Lets time pass; a failure tells what a node halted of before.
  void advance(long millis) {
    try {
      loop.advance(millis);
    } catch (RuntimeException | AssertionError failure) {
      nodes.forEach(node -> node.halts.forEach(failure::addSuppressed));
      throw failure;
    }
  }

  long in(long millis) {
    return loop.nanoTime() + millis * 1_000_000;
  }
}
