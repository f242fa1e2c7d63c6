package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.HostPorts;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
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
import org.jspecify.annotations.Nullable;

/// Nodes of one cluster on virtual time: real machines, hosts, hubs and doors on simulated disks
/// and connections.
final class SimCluster {
  private static final Path TREE_FILE = Path.of("/group/db");
  private static final int TICK_MILLIS = 20;
  static final int ELECTION_MILLIS = 10 * TICK_MILLIS;

  final SimLoop loop = new SimLoop();
  final Random random;
  final FaultyNetwork network;
  final List<Node> nodes = new ArrayList<>();
  private final Founding founding;
  private final HostConfig config;

  private final UnaryOperator<PeerCalls> calls;

  /// @param quietTicks after which an idle group goes quiet; 0 for never
  SimCluster(Random random, int voters, int quietTicks) {
    this(random, voters, quietTicks, calls -> calls);
  }

  /// @param calls stands between the doors and the network
  SimCluster(Random random, int voters, int quietTicks, UnaryOperator<PeerCalls> calls) {
    this.calls = calls;
    this.random = random;
    this.network = new FaultyNetwork(loop, random);
    this.config = config(quietTicks);
    this.founding =
        new Founding(
            IntStream.rangeClosed(1, voters)
                .mapToObj(i -> Member.added(new NodeId(i), List.of("http://n" + i), false))
                .toList());
    for (int i = 1; i <= voters; i++) {
      nodes.add(new Node(i, founding));
    }
    nodes.forEach(Node::start);
    network.heal();
  }

  private static HostConfig config(int quietTicks) {
    var bounds = new RaftConfig.Bounds(64, 1 << 20, 1 << 20, 1 << 24, 1 << 20);
    return new HostConfig(
        new RaftConfig(10, 1, quietTicks, false, bounds),
        TICK_MILLIS,
        new HostConfig.Limits(1000, 1 << 22, 1 << 20, 1 << 20, 1000, 1000),
        new HostConfig.CheckpointPolicy(1L << 40, 1L << 40, 1L << 30));
  }

  /// A node that takes part in the log once it is told to.
  Node addNode() {
    var node = new Node(nodes.size() + 1, null);
    nodes.add(node);
    node.start();
    network.heal();
    return node;
  }

  final class Node {
    final NodeId id;
    private final @Nullable Founding founding;
    private MemoryLog log = new MemoryLog(loop, random);
    final List<Throwable> halts = new ArrayList<>();
    boolean up;
    RootMachine machine;
    RaftHost host;
    PeerHub hub;
    Group group;
    AnywhereDoor door;
    KeepAlives keepAlives;

    /// Revision of every value that was ever put, since the start of the log.
    Map<String, List<Long>> puts = new TreeMap<>();

    Node(int number, @Nullable Founding founding) {
      this.id = new NodeId(number);
      this.founding = founding;
    }

    void start() {
      up = true;
      puts = new TreeMap<>();
      var disk = new SimDisk();
      machine = RootMachine.open(file(disk), rootConfig(), founding, loop);
      machine.listen(new Recorder(puts));
      hub = new PeerHub(id, network.join(id), loop, loop, limits(), metrics());
      host = new RaftHost(config, ports());
      hub.attach(host);
      hub.installer(transfers(disk));
      hub.onLost(host::peerLost);
      group = host.open(spec());
      door = new AnywhereDoor(group, doorPorts(), new AnywhereDoor.Limits(500, 1 << 20));
      keepAlives = new KeepAlives(door, loop, loop);
      new CallHandlers(group).register(hub::onCall);
    }

    private SnapshotTransfers transfers(SimDisk disk) {
      var ports =
          new SnapshotPorts(
              hub.snapshotLane(),
              loop,
              loop,
              disk,
              loop::execute,
              _ -> TREE_FILE.getParent(),
              new Random(random.nextLong()));
      var metrics = new SnapshotMetrics(new SimpleMeterRegistry());
      return new SnapshotTransfers(ports, SnapshotLimits.defaults(0), host, metrics);
    }

    private HostPorts ports() {
      var metrics = new HostMetrics(new SimpleMeterRegistry());
      return new HostPorts(loop, Callers.oneLoop(), loop, loop::execute, hub, metrics, halts::add);
    }

    private GroupSpec spec() {
      return new GroupSpec(
          GroupId.ROOT,
          id,
          machine,
          log.recovered(),
          log,
          machine.membership(),
          new Random(random.nextLong()));
    }

    private AnywhereDoor.Ports doorPorts() {
      var seeded = new Random(random.nextLong());
      return new AnywhereDoor.Ports(calls.apply(hub), loop, loop, Callers.oneLoop(), seeded);
    }

    private PeerMetrics metrics() {
      return new PeerMetrics(new SimpleMeterRegistry(), id);
    }

    GroupStatus status() {
      return group.status();
    }

    /// kill -9.
    void crash() {
      up = false;
      network.leave(id);
      log = log.afterCrash();
      host.halt(new AssertionError("killed"));
      halts.removeFirst();
      hub.close();
      door.stop();
    }

    void restart() {
      start();
      network.heal();
    }
  }

  private static PeerLimits limits() {
    return new PeerLimits(1 << 20, 1 << 21, 10_000, 1 << 23, 1000, 1000);
  }

  private static RootConfig rootConfig() {
    return new RootConfig(new ShardConfig(4096, 64, 256), ELECTION_MILLIS, 1L << 40, 1_000_000);
  }

  private static TreeFile file(SimDisk disk) {
    try {
      disk.createDirectories(TREE_FILE.getParent());
      return TreeFile.open(disk, TREE_FILE, TreeFileConfig.standard());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private record Recorder(Map<String, List<Long>> puts) implements MutationListener {
    @Override
    public boolean listening() {
      return true;
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      for (ChangeEvent event : events) {
        if (!event.isDelete()) {
          String value = event.event().getKv().getValue().toStringUtf8();
          puts.computeIfAbsent(value, _ -> new ArrayList<>()).add(revision);
        }
      }
    }
  }

  List<Node> running() {
    return nodes.stream().filter(node -> node.up).toList();
  }

  /// The node that leads and may do so, once there is one.
  Node leader() {
    for (int i = 0; i < 500; i++) {
      for (Node node : running()) {
        if (node.status().ready()) {
          return node;
        }
      }
      loop.advance(10);
    }
    throw new AssertionError("nobody leads");
  }

  /// Some node that does not lead.
  Node follower() {
    Node leader = leader();
    return running().stream().filter(node -> node != leader).findFirst().orElseThrow();
  }

  void checkNobodyHalted() {
    assertThat(nodes).allSatisfy(node -> assertThat(node.halts).isEmpty());
  }

  long in(long millis) {
    return loop.nanoTime() + millis * 1_000_000;
  }
}
