package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.ShardDoor;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.peer.ReplicaAnswer;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// All groups by their replicas on this node, and by the doors to their leaders and to other nodes.
final class ReplicaGroups implements HandoverGroups {
  /// Between two questions to replicas elsewhere, and how long one may take.
  private static final long ASK_NANOS = 5_000_000_000L;

  private record Hosted(Group group, ShardGroupMachine machine) {}

  private final Group root;
  private final RootMachine machine;
  private final ShardDoors doors;
  private final Clock clock;
  private final KnownElsewhere elsewhere = new KnownElsewhere();
  private final Map<GroupId, Hosted> shards = new TreeMap<>();

  ReplicaGroups(Group root, RootMachine machine, ShardDoors doors, Clock clock) {
    this.root = root;
    this.machine = machine;
    this.doors = doors;
    this.clock = clock;
  }

  void add(Group group, ShardGroupMachine shard) {
    shards.put(group.id(), new Hosted(group, shard));
  }

  void remove(GroupId group) {
    shards.remove(group);
  }

  /// The replica here; null for none.
  @Nullable Group group(GroupId group) {
    Hosted hosted = shards.get(group);
    if (group.equals(GroupId.ROOT)) {
      return root;
    }
    return hosted == null ? null : hosted.group();
  }

  @Override
  public Future<CommandResult> propose(GroupId group, Command command, long deadlineNanos) {
    return group.equals(GroupId.ROOT)
        ? root.propose(command, deadlineNanos)
        : at(group, door -> door.propose(command, deadlineNanos));
  }

  /// Of the root group's own keys everything is ordered that is applied.
  @Override
  public Future<BarrierPoint> point(GroupId source, long deadlineNanos) {
    return source.equals(GroupId.ROOT)
        ? Future.succeededFuture(new BarrierPoint(machine.revision(), Map.of()))
        : doors.barriers().take(deadlineNanos);
  }

  @Override
  public Future<ExportPage> read(
      GroupId source, BarrierPoint point, ShardQuery.Export page, long deadlineNanos) {
    return source.equals(GroupId.ROOT)
        ? root.read(ReadMode.SERIALIZABLE, page, deadlineNanos)
        : at(source, door -> door.readAt(point, page, deadlineNanos));
  }

  private <T> Future<T> at(GroupId group, Function<ShardDoor, Future<T>> what) {
    try {
      return what.apply(doors.shard(group));
    } catch (RejectedException notHere) {
      return Future.failedFuture(notHere);
    }
  }

  @Override
  public boolean serves(GroupId group, KeyRange range) {
    Hosted hosted = shards.get(group);
    return hosted == null || hosted.machine().own().clip(range).equals(List.of(range));
  }

  @Override
  public List<Known> known() {
    List<Known> all = new ArrayList<>();
    shards.forEach((group, hosted) -> all.add(known(group, hosted.machine())));
    all.addAll(elsewhere.known());
    return all;
  }

  private Known known(GroupId group, ShardGroupMachine shard) {
    Handovers handovers = shard.handovers();
    var numbers = new TreeSet<>(handovers.sending());
    numbers.addAll(handovers.receiving());
    return new Known(group, numbers, hasCaughtUp(group, shard.processed()));
  }

  private boolean hasCaughtUp(GroupId group, long processed) {
    GroupOrder order = machine.order(group);
    return order != null && processed >= order.getLastItem();
  }

  /// What the replicas of other nodes know, of the groups that have none here. Asked for now and
  /// then, while somebody wants to know.
  private final class KnownElsewhere {
    private final Map<GroupId, ReplicaAnswer.Handovers> answers = new TreeMap<>();
    private final Map<GroupId, Long> nextNanos = new TreeMap<>();

    /// An answer is compared with the journal as it is now: whatever was decided since is an item
    /// that it does not know.
    List<Known> known() {
      Set<GroupId> missing = new TreeSet<>();
      machine.groups().forEach(record -> missing.add(new GroupId(record.getGroup())));
      missing.removeAll(shards.keySet());
      answers.keySet().retainAll(missing);
      nextNanos.keySet().retainAll(missing);
      missing.forEach(this::ask);
      List<Known> all = new ArrayList<>();
      answers.forEach(
          (group, answer) ->
              all.add(
                  new Known(
                      group,
                      new TreeSet<>(answer.getNumbersList()),
                      hasCaughtUp(group, answer.getProcessed()))));
      return all;
    }

    private void ask(GroupId group) {
      long now = clock.nanoTime();
      Long next = nextNanos.get(group);
      if (next == null || now - next >= 0) {
        nextNanos.put(group, now + ASK_NANOS);
        doors.handovers(group, now + ASK_NANOS).onSuccess(answer -> answers.put(group, answer));
      }
    }
  }

  /// All groups with their leaders and voters, as this node knows them.
  SortedMap<GroupId, ShardView.Led> led() {
    var led = new TreeMap<GroupId, ShardView.Led>();
    led.put(GroupId.ROOT, led(root));
    machine.groups().forEach(record -> led.put(new GroupId(record.getGroup()), elsewhere(record)));
    shards.forEach((group, hosted) -> led.replace(group, led(hosted.group())));
    return led;
  }

  private static ShardView.Led led(Group group) {
    GroupStatus status = group.status();
    return new ShardView.Led(status.leader(), status.membership().voters());
  }

  /// There is no replica here that could tell: what the door has heard.
  private ShardView.Led elsewhere(GroupRecord record) {
    List<NodeId> members = machine.members().list().stream().map(Member::id).toList();
    try {
      NodeId leader = doors.shard(new GroupId(record.getGroup())).leader();
      return new ShardView.Led(leader, Placements.wanted(record, members));
    } catch (RejectedException unknown) {
      return new ShardView.Led(NodeId.NONE, List.of());
    }
  }
}
