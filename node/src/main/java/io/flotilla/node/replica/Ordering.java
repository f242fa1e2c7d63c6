package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.client.CallHandlers;
import io.flotilla.placement.client.DoorTable;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.order.JournalPump;
import io.flotilla.placement.order.OrderMetrics;
import io.flotilla.placement.order.Orderer;
import io.flotilla.placement.order.Reporter;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.txn.CoordinatedProposer;
import io.flotilla.placement.txn.PreparedWatch;
import io.flotilla.placement.txn.TxnCoordinator;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Done;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.Reports;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.transport.PeerHub;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;

/// What brings the shard groups of a node into the one order, on both sides: at the root group's
/// leader it makes cuts and coordinates, at the shard groups' replicas it reports, brings journals
/// and sees locks go. On the replicas' loop.
///
/// In a cluster without shard groups nothing of it does anything.
final class Ordering {
  /// How long a report, or a barrier for a shard group, may take before it is made anew.
  private static final long CALL_NANOS = 1_000_000_000;

  /// Longer than a coordinator waits for the groups to prepare.
  private static final long PREPARED_NANOS = 10_000_000_000L;

  private final Participation.Own own;
  private final Group root;
  private final PeerHub hub;
  private final DoorTable doors;
  private final Completeness completeness;
  private final JournalPump pump;
  private final Orderer orderer;
  private final Reporter reporter;
  private final TxnCoordinator coordinator;
  private final PreparedWatch prepared;

  /// What the root group's participation has for all groups.
  ///
  /// @param door to the root group, wherever it is led
  /// @param ports of doors
  /// @param local proposes to the root group's replica here
  record Root(
      Group group, PeerHub hub, AnywhereDoor door, AnywhereDoor.Ports ports, Proposer local) {}

  Ordering(Participation.Own own, Root to) {
    this.own = own;
    this.root = to.group();
    this.hub = to.hub();
    RootMachine machine = own.machine();
    ReplicaPorts ports = own.ports();
    var metrics = new OrderMetrics(ports.meters().meters());
    this.completeness = new Completeness(new Orders(machine));
    this.pump = new JournalPump(machine::journal, ports.loop(), metrics);
    this.orderer = new Orderer(machine::order, to.local(), ports.loop(), metrics);
    this.reporter = new Reporter(machine::order, this::send, ports.loop(), metrics);
    this.doors =
        new DoorTable(
            new DoorTable.Root(root, to.door(), machine::shardMap, completeness),
            to.ports(),
            own.config().forwarding());
    this.coordinator =
        new TxnCoordinator(
            new TxnCoordinator.Ports(root, machine, doors, ports.clock(), ports.loop()),
            TxnCoordinator.Limits.STANDARD);
    this.prepared = prepared(to.door());
    doors.coordinateWith(coordinator);
    machine.observe(completeness);
    machine.observe(pump);
    machine.onLeadershipChange(() -> orderer.onLeadership(machine.leases().primary()));
  }

  private PreparedWatch prepared(AnywhereDoor door) {
    ReplicaPorts ports = own.ports();
    return new PreparedWatch(
        () -> root.status().term(),
        GroupProposer.anywhere(
            door, ports.clock(), ports.loop(), own.config().requestTimeoutMillis()),
        ports.clock(),
        ports.loop(),
        PREPARED_NANOS);
  }

  /// The root group's journals as its replica here has them.
  private record Orders(RootMachine machine) implements Completeness.Root {
    @Override
    public long revision() {
      return machine.revision();
    }

    @Override
    public long lastItem(GroupId group) {
      GroupOrder order = machine.order(group);
      return order == null ? 0 : order.getLastItem();
    }

    @Override
    public List<JournalItem> read(GroupId group, long fromNumber) {
      return machine.journal(group, fromNumber);
    }
  }

  ShardDoors doors() {
    return doors;
  }

  Completeness completeness() {
    return completeness;
  }

  /// For the duties of the root leader: what shard groups are concerned by is coordinated.
  Proposer coordinated(Proposer local) {
    return new CoordinatedProposer(
        local, coordinator, own.ports().clock(), own.config().requestTimeoutMillis());
  }

  /// Serves other nodes.
  void register(CallHandlers calls) {
    calls.coordinateWith(coordinator);
    hub.onCall(Call.BodyCase.REPORTS, this::onReports);
  }

  void start() {
    reporter.start();
    prepared.start();
  }

  void stop() {
    prepared.stop();
    reporter.stop();
    coordinator.stop();
    doors.stop();
  }

  // ---- groups

  /// A replica that was just opened takes part from now on.
  void add(ShardReplica replica) {
    GroupId group = replica.group();
    ShardGroupMachine machine = replica.machine();
    machine.barriers(then -> barrier(group, then));
    doors.open(replica.hosted(), machine);
    completeness.add(replica);
    machine.observe(new Moves(group));
    machine.onLeadershipChange(() -> onLeadership(replica));
    prepared.add(group, machine);
    pump.add(replica);
    reporter.add(replica);
  }

  private void onLeadership(ShardReplica replica) {
    pump.onLeadership(replica.group(), replica.leads());
    reporter.onMoved(replica.group());
  }

  /// Where the replica's moves are to be heard of.
  private final class Moves implements OrderListener {
    private final GroupId group;

    Moves(GroupId group) {
      this.group = group;
    }

    @Override
    public void onExecuted() {
      reporter.onMoved(group);
      pump.onMoved(group);
    }

    @Override
    public void onProcessed(JournalItem item) {
      completeness.onProcessed(group);
      pump.onMoved(group);
    }

    @Override
    public void onReplaced() {
      pump.onReplaced(group);
      completeness.onProcessed(group);
      reporter.onMoved(group);
    }
  }

  /// Without an answer the machine asks again.
  private void barrier(GroupId group, BiConsumer<Long, Long> then) {
    doors
        .barriers()
        .take(own.ports().clock().nanoTime() + CALL_NANOS)
        .onSuccess(
            point ->
                then.accept(point.revision(), point.lastItem().getOrDefault(group, 0L)));
  }

  // ---- reports

  private Future<Void> send(List<GroupReport> groups) {
    GroupStatus status = root.status();
    if (orderer.report(own.identity().node(), groups)) {
      return Future.succeededFuture();
    }
    NodeId leader = status.leader();
    if (leader.equals(NodeId.NONE) || leader.equals(own.identity().node())) {
      return Future.failedFuture(new Rejection.NoLeader().asException());
    }
    var call =
        Call.newBuilder()
            .setGroup(GroupId.ROOT.value())
            .setReports(Reports.newBuilder().addAllGroups(groups));
    return hub.call(leader, call, own.ports().clock().nanoTime() + CALL_NANOS).mapEmpty();
  }

  private Future<Reply.Builder> onReports(NodeId from, Call call, long deadlineNanos) {
    return orderer.report(from, call.getReports().getGroupsList())
        ? Future.succeededFuture(Reply.newBuilder().setDone(Done.getDefaultInstance()))
        : Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
  }
}
