package io.flotilla.simulation.world;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.node.replica.Publication;
import io.flotilla.node.replica.ReplicaMeters;
import io.flotilla.node.replica.ReplicaPorts;
import io.flotilla.node.replica.RootReplica;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.HostPorts;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.raft.transport.PeerMetrics;
import io.flotilla.router.route.Backup;
import io.flotilla.router.route.CallerLoop;
import io.flotilla.router.route.Doors;
import io.flotilla.router.route.StorageDoor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// One run of a node's process: production code on simulated ports.
public final class SimNode {
  private static final NodeFiles FILES = new NodeFiles(Path.of("/data"));

  /// What the world wants to know of a process.
  public interface Watcher {
    /// The state machine as it is to be run.
    StateMachine watched(SimNode node, RootMachine machine);

    /// The node is no member of its cluster any more.
    void onRemoved(SimNode node);

    /// The process ends itself.
    void onHalt(SimNode node, Throwable cause);
  }

  private final Machine machine;
  private final Life life;
  private final SimLoop loop;
  private final SimThread walThread;
  private final SimThread storage;
  private final SimThread snapshots;
  private final SimLinks links;
  private final PeerHub hub;
  private final RaftHost host;
  private final RootReplica replica;
  private final Doors doors;
  private final Clock clock;
  private final int start;
  private Publication publication;
  private boolean published;

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
    walThread = new SimThread(timeline, life, machine.drive()::writeNanos);
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
            _ -> walThread,
            snapshots,
            random,
            machine.drive()::freeBytes,
            new Meters(ports.watcher(), this, registry),
            halt);
    replica = RootReplica.read(replicaPorts, plan.replica(), identity, FILES);
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
    replica.open(host, hub, used);
    replica.group().onRemoved(() -> ports.watcher().onRemoved(this));
    hub.onRemoved(() -> ports.watcher().onRemoved(this));
    Doors honest = replica.doors(Long.MAX_VALUE, new NoStorage(), CallerLoop.of(loop));
    doors = ports.bent().doors(machine, honest);
    publish(plan.replica().requestTimeoutMillis());
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
    publication = new Publication(replica.door(), clock, loop, timeoutMillis, _ -> {});
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
      return watcher.watched(node, machine);
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

  /// What the replica was at the end of its last turn.
  public GroupStatus status() {
    return replica.group().status();
  }

  public RootReplica replica() {
    return replica;
  }

  public Clock clock() {
    return clock;
  }

  /// Where requests of clients come in.
  public Doors doors() {
    return doors;
  }

  public RaftHost host() {
    return host;
  }

  // ------------------------------------------------------------------- end

  /// Ends in good order, then runs `done`.
  void stop(long patienceMillis, Runnable done) {
    publication.stop();
    replica.stopDuties();
    long deadline = clock.nanoTime() + patienceMillis * Timeline.MILLI;
    host.stop(deadline).onComplete(_ -> loop.execute(() -> finish(done)));
  }

  private void finish(Runnable done) {
    hub.close();
    done.run();
  }

  /// What the threads had under way when the process ended.
  List<Runnable> unfinished() {
    return Stream.of(walThread, storage, snapshots)
        .map(SimThread::unfinished)
        .filter(Objects::nonNull)
        .toList();
  }

  /// The connections of the process end.
  void vanish(boolean silently) {
    links.vanish(silently);
  }

  /// Gives the memory back that a real process would have given back by ending.
  void free() {
    Stream.of(walThread, storage, snapshots).forEach(SimThread::runOut);
    try {
      replica.stopDuties();
      replica.abandon();
    } catch (IOException | RuntimeException | Error ignored) {
      // In the middle of its work it may not be in a state to be closed.
    }
  }
}
