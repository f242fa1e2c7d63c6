package io.flotilla.placement.handover;

import com.google.protobuf.Empty;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverBegin;
import io.flotilla.proto.command.HandoverPin;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A root group and groups whose histories are empty, that answer in the next turn of the loop, or
/// not at all.
final class FakeCluster implements HandoverRoot, HandoverGroups, RangeSwitch {
  final SimLoop loop;
  boolean leads = true;
  ShardMap map = ShardMap.initial();
  final TreeMap<Long, Handover> recorded = new TreeMap<>();
  final Set<GroupId> groups = new TreeSet<>();
  final List<Known> known = new ArrayList<>();
  final List<String> asked = new ArrayList<>();
  final Set<GroupId> mute = new HashSet<>();
  String alarm = "";
  long last;
  @Nullable Rejection rootRefuses;
  @Nullable Rejection switchFails;
  boolean serves = true;
  private final TreeMap<Long, HandoverProgress> received = new TreeMap<>();
  private int lastGroup;

  FakeCluster(SimLoop loop) {
    this.loop = loop;
  }

  Handover begin(String at, int from) {
    map = map.locate(Key.utf8(at)).group().value() == from ? map : givenTo(at, from);
    groups.add(new GroupId(++lastGroup + 50));
    var range = new KeyRange(Key.utf8(at), map.locate(Key.utf8(at)).range().end());
    var handover =
        Handover.newBuilder()
            .setNumber(++last)
            .setRange(Intervals.of(range))
            .setFrom(from)
            .setTo(lastGroup + 50)
            .setReason("split")
            .build();
    recorded.put(last, handover);
    return handover;
  }

  private ShardMap givenTo(String at, int group) {
    groups.add(new GroupId(group));
    return map.split(Key.utf8(at), new GroupId(group));
  }

  private <T> Future<T> soon(T answer) {
    Promise<T> promise = Promise.promise();
    loop.after(1, () -> promise.complete(answer));
    return promise.future();
  }

  private <T> Future<T> soonRefused(Rejection why) {
    Promise<T> promise = Promise.promise();
    loop.after(1, () -> promise.fail(why.asException()));
    return promise.future();
  }

  // ---- the root group

  @Override
  public boolean leads() {
    return leads;
  }

  @Override
  public ShardMap map() {
    return map;
  }

  @Override
  public List<Handover> handovers() {
    return List.copyOf(recorded.values());
  }

  @Override
  public ShardView.Placed placed() {
    return ShardView.Placed.NOTHING;
  }

  @Override
  public long lastHandover() {
    return last;
  }

  @Override
  public String alarm() {
    return alarm;
  }

  @Override
  public List<GroupId> groups() {
    return List.copyOf(groups);
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    asked.add("root " + command.getBodyCase());
    if (rootRefuses != null) {
      return soonRefused(rootRefuses);
    }
    switch (command.getBodyCase()) {
      case HANDOVER_ABANDON -> recorded.remove(command.getHandoverAbandon().getNumber());
      case GROUP_RETIRE -> groups.remove(new GroupId(command.getGroupRetire().getGroup()));
      case HANDOVER_BEGIN -> {
        return soon(new CommandResult.Done(begun(command.getHandoverBegin()).toBuilder(), 1));
      }
      default -> throw new AssertionError("nothing for the root group: " + command);
    }
    return soon(new CommandResult.Done(Empty.newBuilder(), 1));
  }

  private Handover begun(HandoverBegin begin) {
    KeyRange range = Intervals.of(begin.getRange());
    GroupId from = map.locate(range.start()).group();
    int to = begin.hasGroup() ? begin.getGroup() : ++lastGroup + 50;
    groups.add(new GroupId(to));
    var handover =
        Handover.newBuilder()
            .setNumber(++last)
            .setRange(begin.getRange())
            .setFrom(from.value())
            .setTo(to)
            .setReason(begin.getReason())
            .build();
    recorded.put(last, handover);
    return handover;
  }

  // ---- the groups

  @Override
  public Future<CommandResult> propose(GroupId group, Command command, long deadlineNanos) {
    asked.add(group + " " + command.getBodyCase());
    if (mute.contains(group)) {
      Promise<CommandResult> promise = Promise.promise();
      long millis = Math.max(1, (deadlineNanos - loop.nanoTime()) / 1_000_000);
      loop.after(millis, () -> promise.fail(new Rejection.OutcomeUnknown().asException()));
      return promise.future();
    }
    return soon(new CommandResult.Done(answer(command), 1));
  }

  private com.google.protobuf.Message.Builder answer(Command command) {
    return switch (command.getBodyCase()) {
      case HANDOVER_OUT -> HandoverPin.newBuilder();
      case HANDOVER_IN -> progress(command.getHandoverIn().getNumber()).toBuilder();
      case HANDOVER_RECORDS -> taken(command.getHandoverRecords()).toBuilder();
      case HANDOVER_CANCEL -> {
        known.removeIf(each -> each.numbers().contains(command.getHandoverCancel().getNumber()));
        yield Empty.newBuilder();
      }
      default -> throw new AssertionError("nothing for a shard group: " + command);
    };
  }

  private HandoverProgress progress(long number) {
    return received.computeIfAbsent(
        number,
        _ ->
            HandoverProgress.newBuilder()
                .setNext(HistoryPlace.newBuilder().setRevision(1))
                .build());
  }

  private HandoverProgress taken(HandoverRecords records) {
    HandoverProgress before = progress(records.getNumber());
    if (!before.getNext().equals(records.getFrom())) {
      return before;
    }
    HandoverProgress after =
        before.toBuilder()
            .setNext(records.getNext())
            .setCompleteTo(records.getCompleteTo())
            .build();
    received.put(records.getNumber(), after);
    return after;
  }

  @Override
  public Future<BarrierPoint> point(GroupId source, long deadlineNanos) {
    return soon(new BarrierPoint(9, Map.of()));
  }

  @Override
  public Future<ExportPage> read(
      GroupId source, BarrierPoint point, ShardQuery.Export page, long deadlineNanos) {
    var next = HistoryPlace.newBuilder().setRevision(point.revision() + 1).build();
    return soon(new ExportPage(List.of(), next, point.revision()));
  }

  @Override
  public boolean serves(GroupId group, KeyRange range) {
    return serves;
  }

  @Override
  public List<Known> known() {
    return List.copyOf(known);
  }

  // ---- the switch

  @Override
  public Future<Void> switchOver(Handover handover, LastCopy last, long deadlineNanos) {
    asked.add("switch " + handover.getNumber());
    if (switchFails != null) {
      return soonRefused(switchFails);
    }
    last.onLocking();
    return soon(true).compose(_ -> last.copy()).compose(to -> commit(handover, to));
  }

  private Future<Void> commit(Handover handover, long completeTo) {
    if (completeTo < 9 || recorded.remove(handover.getNumber()) == null) {
      return soonRefused(new Rejection.Held());
    }
    map = map.handOver(Intervals.of(handover.getRange()), new GroupId(handover.getTo()));
    return soon(true).mapEmpty();
  }
}
