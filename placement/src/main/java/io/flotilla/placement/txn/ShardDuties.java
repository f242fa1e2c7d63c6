package io.flotilla.placement.txn;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.client.CallHandlers;
import io.flotilla.placement.client.DoorTable;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.client.RemoteGroups;
import io.flotilla.placement.client.RootSites;
import io.flotilla.placement.client.ShardAdminCalls;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.handover.HandoverDuties;
import io.flotilla.placement.handover.HandoverLimits;
import io.flotilla.placement.handover.ShardAdmin;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.order.NodeOrder;
import io.flotilla.placement.order.OrderMetrics;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.peer.Call;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// All that a node does so that shard groups come into one order and work together, put together:
/// the doors to them, reports and cuts, journals, cross-shard transactions, handovers of keys. On
/// the loop that all groups share, except for the doors.
public final class ShardDuties {
  /// After which the fate of a driver's proposal is given up.
  private static final long PROPOSAL_MILLIS = 5_000;

  /// How long a barrier for the answer to a command that changed nothing is waited for.
  private static final long BARRIER_NANOS = 1_000_000_000;

  /// How long a group keeps a transaction locked that its coordinator could still commit.
  private static final long PREPARED_NANOS = 10_000_000_000L;

  /// What belongs to the root group on this node.
  ///
  /// @param group its replica
  /// @param door to it, wherever it is led; stopped by whoever made it
  /// @param handlers of its calls
  public record Root(
      NodeId self, Group group, RootMachine machine, AnywhereDoor door, CallHandlers handlers) {}

  private final Root root;
  private final AnywhereDoor.Ports ports;
  private final NodeOrder order;
  private final DoorTable doors;
  private final TxnCoordinator coordinator;
  private final PreparedWatch prepared;
  private final HandoverDuties handovers;

  /// Of a node that has a replica of every group, with the standard limits of handovers.
  public ShardDuties(
      Root root, AnywhereDoor.Ports ports, AnywhereDoor.Limits limits, OrderMetrics metrics) {
    this(root, ports, new Limits(limits, HandoverLimits.STANDARD, null), metrics);
  }

  /// How much is done at once.
  ///
  /// @param doors of each door
  /// @param remote the way to replicas on other nodes; null on a node that has one of every group
  public record Limits(
      AnywhereDoor.Limits doors, HandoverLimits handovers, @Nullable Remote remote) {}

  /// @param streams to other nodes
  /// @param limits of them
  public record Remote(ReplicaStreams streams, ReplicaLimits limits) {}

  /// On the loop, before the root group runs.
  ///
  /// @param ports of all doors
  public ShardDuties(Root root, AnywhereDoor.Ports ports, Limits limits, OrderMetrics metrics) {
    this.root = root;
    this.ports = ports;
    this.order = order(root, ports, metrics);
    var to =
        new DoorTable.Root(
            root.group(), root.door(), root.machine()::shardMap, order.completeness());
    this.doors = new DoorTable(to, remote(root, limits.remote()), ports, limits.doors());
    root.machine().observe(doors.listener());
    var counted = new TxnMetrics(metrics.registry());
    this.coordinator = coordinator(root, doors, ports, counted);
    this.prepared = preparedWatch(root, ports, counted);
    this.handovers =
        new HandoverDuties(
            new HandoverDuties.Parts(root.group(), root.machine(), doors, coordinator),
            new HandoverDuties.Settings(
                ports, limits.doors(), limits.handovers(), metrics.registry()));
    doors.coordinateWith(coordinator);
    root.handlers().coordinateWith(coordinator);
  }

  private static RemoteGroups remote(Root root, @Nullable Remote remote) {
    return remote == null
        ? RemoteGroups.none()
        : new RemoteGroups(
            root.self(),
            new RootSites(root.self(), root.machine()),
            remote.streams(),
            remote.limits());
  }

  private NodeOrder order(Root root, AnywhereDoor.Ports ports, OrderMetrics metrics) {
    return new NodeOrder(
        root.machine(),
        new NodeOrder.Ports(
            root.self(),
            ports.clock(),
            ports.loop(),
            local(root.group()),
            () -> leaderOf(root.group()),
            ports.calls(),
            metrics));
  }

  /// There is something to tell it: a group that went quiet would not notice that it is gone.
  private static NodeId leaderOf(Group group) {
    GroupStatus status = group.status();
    if (!status.isLeader()) {
      group.wake();
    }
    return status.leader();
  }

  private static TxnCoordinator coordinator(
      Root root, DoorTable doors, AnywhereDoor.Ports ports, TxnMetrics metrics) {
    var coordinatorPorts =
        new TxnCoordinator.Ports(root.group(), root.machine(), doors, ports.clock(), ports.loop());
    return new TxnCoordinator(coordinatorPorts, TxnCoordinator.Limits.STANDARD, metrics);
  }

  private static PreparedWatch preparedWatch(
      Root root, AnywhereDoor.Ports ports, TxnMetrics metrics) {
    var anywhere =
        GroupProposer.anywhere(root.door(), ports.clock(), ports.loop(), PROPOSAL_MILLIS);
    return new PreparedWatch(
        new PreparedWatch.Ports(
            () -> root.group().status().term(), anywhere, ports.clock(), ports.loop()),
        PREPARED_NANOS,
        metrics);
  }

  private Proposer local(Group group) {
    return new GroupProposer(
        GroupDoor.of(group),
        () -> group.status().isLeader(),
        ports.clock(),
        ports.loop(),
        PROPOSAL_MILLIS);
  }

  // ---- groups come and go

  /// A replica of a shard group was opened here, in this turn of the loop.
  public void add(Group group, ShardGroupMachine machine) {
    GroupId id = group.id();
    machine.barriers(then -> barrier(id, then));
    order.add(id, machine, local(group));
    prepared.add(id, machine);
    doors.open(group, machine);
    handovers.add(group, machine);
    root.handlers().serve(group);
  }

  /// The replica is about to be closed.
  public void remove(GroupId group) {
    root.handlers().forget(group);
    handovers.remove(group);
    doors.close(group);
    prepared.remove(group);
    order.remove(group);
  }

  /// Asked from inside the machine, which is no place to ask the root group.
  private void barrier(GroupId group, BiConsumer<Long, Long> then) {
    ports.loop().execute(() -> takeBarrier(group, then));
  }

  private void takeBarrier(GroupId group, BiConsumer<Long, Long> then) {
    doors
        .barriers()
        .take(ports.clock().nanoTime() + BARRIER_NANOS)
        .onSuccess(
            point -> then.accept(point.revision(), point.lastItem().getOrDefault(group, 0L)));
  }

  // ---- what others work with

  public DoorTable doors() {
    return doors;
  }

  public NodeOrder order() {
    return order;
  }

  public Completeness completeness() {
    return order.completeness();
  }

  public TxnCoordinator coordinator() {
    return coordinator;
  }

  /// For the duties of the root leader: runs what concerns shard groups, too.
  public Proposer coordinated() {
    return new CoordinatedProposer(coordinator, ports.clock(), ports.loop(), PROPOSAL_MILLIS);
  }

  /// Changes of the shards for whoever is on the loop of the root leader, like the planner.
  public ShardAdmin shardAdmin() {
    return handovers.admin();
  }

  /// Changes of the shards, and questions about them, from any node and any thread.
  public ShardAdminCalls admin() {
    return handovers.calls();
  }

  /// Besides what [CallHandlers] registers.
  ///
  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    order.register(registry);
    handovers.calls().register(registry);
  }

  public void start() {
    order.start();
    prepared.start();
    handovers.start();
  }

  public void stop() {
    handovers.stop();
    order.stop();
    prepared.stop();
    coordinator.stop();
    doors.stop();
  }
}
