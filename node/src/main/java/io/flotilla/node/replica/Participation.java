package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Identity;
import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.client.AppliedCalls;
import io.flotilla.placement.client.CallHandlers;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.client.HashCalls;
import io.flotilla.placement.client.MemberErrands;
import io.flotilla.placement.duty.CorruptionCheck;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.order.OrderMetrics;
import io.flotilla.placement.plan.ReplicaStats;
import io.flotilla.placement.plan.ShardPlanning;
import io.flotilla.placement.service.MemberChanger;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.txn.ShardDuties;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.snapshot.SnapshotMetrics;
import io.flotilla.raft.snapshot.SnapshotPorts;
import io.flotilla.raft.snapshot.SnapshotTransfers;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.router.route.NodeDoors;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/// What a replica does with the other members and for them: moves states, forwards and serves
/// requests, changes the members, keeps the links, and its duties. On the replica's loop.
final class Participation {
  /// What is the replica's own.
  ///
  /// @param shardBytes what the stores of shard groups take beside it
  record Own(
      ReplicaPorts ports,
      ReplicaConfig config,
      Identity identity,
      RootMachine machine,
      LongSupplier shardBytes) {}

  /// How long the planner waits for a change to begin.
  private static final long PLANNED_NANOS = 10_000_000_000L;

  private final Own own;
  private final Group group;
  private final PeerHub hub;
  private final AnywhereDoor door;
  private final CallHandlers calls;
  private final ShardDuties shards;
  private final ShardPlanning planning;
  private final MemberErrands members;
  private final HashCalls hashes;
  private final AppliedCalls applied;
  private final RootDuties duties;
  private final CorruptionCheck corruption;
  private final MemberWatch watch;

  /// After the group is open; begins at once.
  Participation(Own own, Group group, RaftHost host, Connections to) {
    this.own = own;
    this.group = group;
    this.hub = to.hub();
    AnywhereDoor.Ports doorPorts = doorPorts(host);
    this.door = door(doorPorts);
    var local = local();
    this.calls = new CallHandlers(group);
    this.shards =
        new ShardDuties(
            new ShardDuties.Root(self(), group, own.machine(), door, calls),
            doorPorts,
            new ShardDuties.Limits(
                own.config().forwarding(),
                own.config().handovers(),
                new ShardDuties.Remote(to.streams(), to.limits())),
            new OrderMetrics(own.ports().meters().meters()));
    this.planning = planning();
    this.members = errands(host);
    this.hashes = new HashCalls(self(), group, hub, () -> own.machine().shardMap().epoch().value());
    this.applied =
        new AppliedCalls(
            self(),
            group,
            own.machine(),
            hub,
            new AppliedCalls.Ports(own.ports().loop(), host.callers()));
    this.duties = duties(local);
    this.corruption = corruption(local);
    this.watch =
        new MemberWatch(
            () -> own.machine().facts().cluster(),
            own.identity(),
            to.links(),
            own.ports().clock(),
            own.ports().loop());
    hub.introduceAs(this::ownUrls);
    hub.onIntroduced(watch::introduced);
    calls.register(hub::onCall);
    shards.register(hub::onCall);
    members.register(hub::onCall);
    hashes.register(hub::onCall);
    applied.register(hub::onCall);
    shards.start();
    planning.start();
    duties.start();
    corruption.start();
    watch.start();
  }

  /// Who moves states between this node and others; before the group is open.
  ///
  /// @param directories of the groups' states
  static SnapshotTransfers transfers(
      Own own, Function<GroupId, Path> directories, RaftHost host, PeerHub hub) {
    ReplicaPorts ports = own.ports();
    var snapshotPorts =
        new SnapshotPorts(
            hub.snapshotLane(),
            ports.loop(),
            ports.clock(),
            ports.disk(),
            ports.snapshots(),
            directories,
            ports.random());
    return new SnapshotTransfers(
        snapshotPorts,
        own.config().snapshots(),
        host,
        new SnapshotMetrics(ports.meters().meters()));
  }

  private NodeId self() {
    return own.identity().node();
  }

  /// Where other nodes reach this one: by the state, or by what the data directory was made with.
  private List<String> ownUrls() {
    return Stream.of(own.machine().facts().cluster().members(), own.identity().origin().members())
        .flatMap(List::stream)
        .filter(member -> member.id().equals(self()) && !member.peerUrls().isEmpty())
        .map(Member::peerUrls)
        .findFirst()
        .orElse(List.of());
  }

  private AnywhereDoor.Ports doorPorts(RaftHost host) {
    ReplicaPorts ports = own.ports();
    return new AnywhereDoor.Ports(hub, ports.clock(), ports.loop(), host.callers(), ports.random());
  }

  private AnywhereDoor door(AnywhereDoor.Ports doorPorts) {
    var anywhere = new AnywhereDoor(group, doorPorts, own.config().forwarding());
    Gauge.builder("flotilla.requests.forwarded.pending", anywhere, AnywhereDoor::waiting)
        .description("Requests on their way to, or waiting for, a leader elsewhere")
        .register(own.ports().meters().meters());
    return anywhere;
  }

  private MemberErrands errands(RaftHost host) {
    ReplicaPorts ports = own.ports();
    var changer =
        new MemberChanger(
            self(),
            own.config().memberRules(),
            new MemberChanger.Ports(group, own.machine(), hub, ports.clock(), ports.loop()));
    return new MemberErrands(
        self(),
        group,
        changer,
        own.identity()::clusterId,
        new MemberErrands.Ports(hub, ports.clock(), ports.loop(), host.callers()));
  }

  /// Asks for what it wants to be done as an operator does, at the leader of the root group.
  private ShardPlanning planning() {
    ReplicaPorts ports = own.ports();
    var shardPorts =
        new ShardPlanning.Ports(
            ports.clock(),
            ports.loop(),
            ports.random(),
            new ReplicaStats.Meters(ports.meters()::reads, ports.meters()::busyNanos),
            request ->
                shards.shardAdmin().change(request, ports.clock().nanoTime() + PLANNED_NANOS),
            shards.shardAdmin()::handovers);
    var made =
        new ShardPlanning(
            own.config().planner(),
            new ShardPlanning.Root(self(), group, own.machine(), hub),
            shardPorts);
    shards.admin().planWith((request, _) -> answer(made, request));
    return made;
  }

  private static Future<PlanResponse> answer(ShardPlanning planning, PlanRequest request) {
    return Future.succeededFuture(planning.answer(request));
  }

  /// A replica of a shard group was opened here.
  void add(Group shard, ShardGroupMachine machine) {
    shards.add(shard, machine);
    planning.add(shard, machine);
  }

  /// It is about to be closed.
  void remove(GroupId shard) {
    planning.remove(shard);
    shards.remove(shard);
  }

  private GroupProposer local() {
    return new GroupProposer(
        GroupDoor.of(group),
        () -> group.status().isLeader(),
        own.ports().clock(),
        own.ports().loop(),
        own.config().requestTimeoutMillis());
  }

  private RootDuties duties(GroupProposer local) {
    ReplicaPorts ports = own.ports();
    var anywhere =
        GroupProposer.anywhere(
            door, ports.clock(), ports.loop(), own.config().requestTimeoutMillis());
    var dutyPorts =
        new RootDuties.Ports(
            ports.clock(),
            ports.loop(),
            ports.meters().countingExpiry(local),
            ports.meters().countingExpiry(shards.coordinated()),
            anywhere,
            local,
            ports.freeBytes(),
            own.shardBytes());
    return new RootDuties(own.machine(), self(), own.config().duties(), dutyPorts);
  }

  private CorruptionCheck corruption(GroupProposer local) {
    RootMachine machine = own.machine();
    var gauges =
        new CorruptionCheck.Gauges(
            () -> group.status().ready(),
            this::memberIds,
            machine::compactRevision,
            member -> machine.alarms().active(AlarmType.CORRUPT, member.value()));
    var ports = new CorruptionCheck.Ports(hashes, local, own.ports().clock(), own.ports().loop());
    return new CorruptionCheck(self(), own.config().corruption(), gauges, ports);
  }

  private List<NodeId> memberIds() {
    return own.machine().members().list().stream().map(Member::id).toList();
  }

  Group group() {
    return group;
  }

  GroupDoor door() {
    return door;
  }

  RootDuties duties() {
    return duties;
  }

  ShardDuties shards() {
    return shards;
  }

  NodeDoors.Ways ways() {
    return new NodeDoors.Ways(
        shards.doors(), own.ports().loop(), members::change, applied::everyMember);
  }

  /// The members whose state differs from this one's, as far as they can be asked.
  Future<List<NodeId>> differing(long deadlineNanos) {
    List<NodeId> others = memberIds().stream().filter(id -> !id.equals(self())).toList();
    return CorruptionCheck.differing(self(), others, hashes, deadlineNanos);
  }

  void stop() {
    corruption.stop();
    duties.stop();
    planning.stop();
    shards.stop();
    door.stop();
    watch.stop();
  }
}
