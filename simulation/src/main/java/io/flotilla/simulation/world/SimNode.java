package io.flotilla.simulation.world;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.node.replica.Connections;
import io.flotilla.node.replica.Publication;
import io.flotilla.node.replica.ReplicaMeters;
import io.flotilla.node.replica.ReplicaPorts;
import io.flotilla.node.replica.ReplicaSet;
import io.flotilla.node.replica.RootReplica;
import io.flotilla.node.replica.ShardReplica;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.placement.client.ShardAdminCalls;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.HostPorts;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.raft.transport.PeerMetrics;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.router.route.Backup;
import io.flotilla.router.route.CallerLoop;
import io.flotilla.router.route.Doors;
import io.flotilla.router.route.StorageDoor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One run of a node's process: production code on simulated ports.
public final class SimNode {
  private static final ReplicaLimits STREAMS =
      new ReplicaLimits(16 << 20, 256 << 20, 256 << 10, 32 << 20, 500, 5_000, 60_000);

  private static final NodeFiles FILES = new NodeFiles(Path.of("/data"));

  /// What the world wants to know of a process.
  public interface Watcher {
    /// A replica of a shard group is about to run.
    void onReplica(SimNode node, GroupId group, ShardGroupMachine machine);

    /// The state machine as it is to be run.
    StateMachine watched(SimNode node, GroupId group, StateMachine machine);

    /// The node is no member of its cluster any more.
    void onRemoved(SimNode node);

    /// The process ends itself.
    void onHalt(SimNode node, Throwable cause);
  }

  private final Machine machine;
  private final Life life;
  private final SimLoop loop;
  private final Map<GroupId, SimThread> walThreads = new TreeMap<>();
  private final SimThread storage;
  private final SimThread snapshots;
  private final SimLinks links;
  private final PeerHub hub;
  private final RaftHost host;
  private final ReplicaSet replicas;
  private final Doors doors;
  private final Clock clock;
  private final int start;
  private Publication publication;
  private boolean published;
  private boolean stopping;

  /// Starts on what the machine's disk holds.
  ///
  /// @throws IOException when the disk fails
  /// @throws io.flotilla.base.CorruptionException when the disk is damaged
  SimNode(Ports ports, Machine machine, Life life, NodePlan plan) throws IOException {
    this.machine = machine;
    this.life = life;
    this.start = machine.starts();
    Timeline timeline = ports.timeline();
    clock = ports.bent().clock(machine, machine.clock());
    loop = new SimLoop(timeline, life, machine.clock());
    storage = new SimThread(timeline, life, machine.drive()::writeNanos);
    snapshots = new SimThread(timeline, life, machine.drive()::writeNanos);
    var identity = new Identity(ports.clusterId(), machine.id(), machine.origin());
    MeterRegistry registry = new CompositeMeterRegistry();
    Consumer<Throwable> halt = cause -> ports.watcher().onHalt(this, cause);
    var random = machine.random();
    var replicaPorts =
        new ReplicaPorts(
            ports.bent().disk(machine, machine.drive().disk()),
            clock,
            loop,
            group -> walThreads.computeIfAbsent(group, _ -> diskThread(timeline)),
            snapshots,
            random,
            machine.drive()::freeBytes,
            new Meters(ports.watcher(), this, registry),
            halt);
    replicas = ReplicaSet.read(replicaPorts, plan.replica(), identity, FILES);
    links =
        new SimLinks(
            ports.network(),
            new SimLinks.Self(
                machine.id(), machine.number(), ports.clusterId(), machine.peerUrls()),
            life);
    PeerLinks used = ports.bent().links(machine, links);
    hub =
        new PeerHub(
            machine.id(), used, loop, clock, plan.peers(), new PeerMetrics(registry, machine.id()));
    host =
        new RaftHost(
            plan.host(),
            new HostPorts(
                loop, Callers.oneLoop(), clock, storage, hub, new HostMetrics(registry), halt));
    var streams = new SimStreams(ports.network(), links, clock, STREAMS);
    replicas.open(host, new Connections(hub, used, streams, STREAMS));
    replica().group().onRemoved(() -> ports.watcher().onRemoved(this));
    hub.onRemoved(() -> ports.watcher().onRemoved(this));
    Doors honest = replicas.doors(Long.MAX_VALUE, new NoStorage(), CallerLoop.of(loop));
    doors = ports.bent().doors(machine, honest);
    publish(plan.replica().requestTimeoutMillis());
  }

  private SimThread diskThread(Timeline timeline) {
    return new SimThread(timeline, life, machine.drive()::writeNanos);
  }

  /// Upkeep of storage is not for clients.
  private static final class NoStorage implements StorageDoor {
    @Override
    public Future<Integer> hash() {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }

    @Override
    public Future<Void> defragment() {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }

    @Override
    public Future<Backup> openBackup() {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
  }

  /// As a server does before it lets clients in.
  private void publish(long timeoutMillis) {
    var attributes =
        MemberAttributes.newBuilder()
            .setMemberId(id().value())
            .setName(machine.toString())
            .addClientUrls("http://" + machine + ":2379")
            .build();
    publication = new Publication(replica().door(), clock, loop, timeoutMillis, _ -> {});
    publication.start(attributes).onComplete(_ -> published = true);
  }

  /// Whether the cluster knows that this node runs.
  public boolean isPublished() {
    return published;
  }

  /// What the processes of a world have in common.
  ///
  /// @param bent the world's planted bugs
  record Ports(Timeline timeline, Network network, long clusterId, Watcher watcher, Bent bent) {}

  private record Meters(Watcher watcher, SimNode node, MeterRegistry meters)
      implements ReplicaMeters {
    @Override
    public StateMachine measured(RootMachine machine) {
      return watcher.watched(node, GroupId.ROOT, machine);
    }

    @Override
    public StateMachine measured(GroupId group, ShardGroupMachine machine) {
      watcher.onReplica(node, group, machine);
      return watcher.watched(node, group, machine);
    }
  }

  public Machine machine() {
    return machine;
  }

  public NodeId id() {
    return machine.id();
  }

  public Life life() {
    return life;
  }

  /// Which start of the machine this is, from 1.
  public int start() {
    return start;
  }

  public SimLoop loop() {
    return loop;
  }

  /// What the replica of the root group was at the end of its last turn.
  public GroupStatus status() {
    return replica().group().status();
  }

  /// The replicas of this node, the root group's first, then by group.
  public List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    groups.add(replica().group());
    replicas.shards().values().forEach(shard -> groups.add(shard.hosted()));
    return groups;
  }

  /// The replicas of the groups beside the root group, by group.
  public Map<GroupId, ShardReplica> shards() {
    return replicas.shards();
  }

  /// The state of the replica of a shard group; null without one.
  public @Nullable ShardGroupMachine shard(GroupId group) {
    ShardReplica shard = replicas.shards().get(group);
    return shard == null ? null : shard.machine();
  }

  /// The replica of one group, if the node has one.
  public @Nullable Group group(GroupId id) {
    if (id.equals(GroupId.ROOT)) {
      return replica().group();
    }
    ShardReplica shard = replicas.shards().get(id);
    return shard == null ? null : shard.hosted();
  }

  /// Of the root group.
  public RootReplica replica() {
    return replicas.root();
  }

  public Clock clock() {
    return clock;
  }

  /// Where requests of clients come in.
  public Doors doors() {
    return doors;
  }

  /// Where operators ask for changes of the shards.
  public ShardAdminCalls shardAdmin() {
    return replica().admin();
  }

  public RaftHost host() {
    return host;
  }

  // ------------------------------------------------------------------- end

  /// Whether it was told to end: its groups are closed one after the other.
  public boolean isStopping() {
    return stopping;
  }

  /// Ends in good order, then runs `done`.
  void stop(long patienceMillis, Runnable done) {
    stopping = true;
    publication.stop();
    replicas.stopDuties();
    long deadline = clock.nanoTime() + patienceMillis * Timeline.MILLI;
    host.stop(deadline).onComplete(_ -> loop.execute(() -> finish(done)));
  }

  private void finish(Runnable done) {
    hub.close();
    done.run();
  }

  /// What the threads had under way when the process ended.
  List<Runnable> unfinished() {
    return threads().map(SimThread::unfinished).filter(Objects::nonNull).toList();
  }

  private Stream<SimThread> threads() {
    return Stream.concat(walThreads.values().stream(), Stream.of(storage, snapshots));
  }

  /// The connections of the process end.
  void vanish(boolean silently) {
    links.vanish(silently);
  }

  /// Gives the memory back that a real process would have given back by ending.
  void free() {
    threads().forEach(SimThread::runOut);
    try {
      replicas.stopDuties();
      replicas.abandon();
    } catch (IOException | RuntimeException | Error ignored) {
      // In the middle of its work it may not be in a state to be closed.
    }
  }
}
