package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupRetire;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverCancel;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drives the handovers that the root group's state records, while the root group is led here: a
/// bounded number at the same time, the oldest first. Also clears away what they leave: groups
/// learn that one was abandoned, and those that have had no keys for long are retired.
///
/// Nothing of it is kept but in the root group's state and in the groups themselves: a new leader
/// goes on from there. Owned by the loop that all groups share.
public final class HandoverDriver {
  static final long LOOK_MILLIS = 20;
  static final long IDLE_LOOK_MILLIS = 1_000;
  private static final long ANSWER_NANOS = 5_000_000_000L;
  private static final int MOST_CANCELS = 16;
  private static final Logger LOG = LoggerFactory.getLogger(HandoverDriver.class);

  /// What a driver works with.
  record Ports(
      HandoverRoot root,
      HandoverGroups groups,
      RangeSwitch switching,
      Clock clock,
      Scheduler loop,
      HandoverMetrics metrics) {}

  private record Leftover(GroupId group, long number) {}

  private final Ports ports;
  private final HandoverLimits limits;
  private final Drive.Shared shared;
  private final EmptyGroups empty;
  private final HandoverHistory ended;
  private final Map<Long, Drive> drives = new TreeMap<>();
  private final Set<Leftover> cancelling = new HashSet<>();
  private final Set<GroupId> retiring = new HashSet<>();
  private final List<Consumer<HandoverStatus>> listeners = new ArrayList<>();
  private Scheduler.@Nullable Cancellable timer;
  private long clearedNanos;
  private boolean clearing;
  private boolean looking;
  private boolean again;
  private boolean running;

  HandoverDriver(Ports ports, HandoverLimits limits) {
    this.ports = ports;
    this.limits = limits;
    this.empty = new EmptyGroups(limits.retireNanos());
    this.ended = new HandoverHistory(limits.remembered());
    this.shared =
        new Drive.Shared(
            ports.root(),
            ports.groups(),
            ports.switching(),
            ports.clock(),
            ports.loop(),
            new CopyRate(limits.copy().bytesPerSecond()),
            ports.metrics(),
            this::look);
  }

  /// Tells of each handover that ended under this leader.
  void onEnd(Consumer<HandoverStatus> listener) {
    listeners.add(listener);
  }

  // ---- what others see

  /// Those under way, by number, then the newest of those that ended under this leader, the newest
  /// last.
  ///
  /// @throws io.flotilla.base.RejectedException `NotLeader`
  public List<HandoverStatus> handovers() {
    if (!ports.root().leads()) {
      throw new Rejection.NotLeader(NodeId.NONE).asException();
    }
    look();
    List<HandoverStatus> all = new ArrayList<>();
    for (Handover handover : ports.root().handovers()) {
      Drive drive = drives.get(handover.getNumber());
      all.add(drive == null ? waiting(handover) : drive.status());
    }
    drives.values().stream()
        .filter(drive -> all.stream().noneMatch(each -> isOf(each, drive)))
        .forEach(drive -> all.add(drive.status()));
    all.addAll(ended.list());
    return all;
  }

  private static boolean isOf(HandoverStatus status, Drive drive) {
    return status.getHandover().getNumber() == drive.handover().getNumber();
  }

  private static HandoverStatus waiting(Handover handover) {
    return HandoverStatus.newBuilder()
        .setHandover(handover)
        .setPhase(HandoverStatus.Phase.STARTING)
        .setNote("waits until other handovers have ended")
        .build();
  }

  // ---- coming and going

  public void start() {
    running = true;
    look();
  }

  /// What runs is left to the next leader.
  public void stop() {
    running = false;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    dropAll();
  }

  private void dropAll() {
    drives.values().forEach(Drive::drop);
    drives.clear();
    empty.forget();
    clearing = false;
    ports.metrics().running(0);
  }

  /// Gives one up that is not committed; nothing happens to any other.
  ///
  /// @param reason in words
  void cancel(long number, String reason) {
    look();
    Drive drive = drives.get(number);
    if (drive != null) {
      drive.cancel(reason);
    }
  }

  /// Something may have changed: the leader, or what the root group's state records.
  public void look() {
    again = true;
    if (looking) {
      return;
    }
    looking = true;
    while (again) {
      again = false;
      lookOnce();
    }
    looking = false;
    arm();
  }

  private void lookOnce() {
    if (!running || !ports.root().leads()) {
      dropAll();
      return;
    }
    List<Handover> recorded = ports.root().handovers();
    endThoseGone(recorded);
    stopAtAlarm();
    for (Handover handover : recorded) {
      boolean room = drives.size() < limits.driven() && ports.root().alarm().isEmpty();
      if (room && !drives.containsKey(handover.getNumber())) {
        begin(handover);
      }
    }
    clearAway(recorded);
    ports.metrics().running(drives.size());
  }

  /// What is copied needs space, and must be sound. Those that are not begun wait.
  private void stopAtAlarm() {
    String alarm = ports.root().alarm();
    if (!alarm.isEmpty()) {
      drives.values().forEach(drive -> drive.cancel("the alarm " + alarm + " came on"));
    }
  }

  private void begin(Handover handover) {
    note("handover-driven", handover).log("a handover is taken on: {}", handover.getReason());
    var drive = new Drive(handover, limits, shared);
    drives.put(handover.getNumber(), drive);
    drive.begin();
  }

  private void endThoseGone(List<Handover> recorded) {
    Set<Long> numbers = recorded.stream().map(Handover::getNumber).collect(Collectors.toSet());
    for (Drive drive : List.copyOf(drives.values())) {
      if (!numbers.contains(drive.handover().getNumber())) {
        drive.gone();
      }
      if (drive.ended()) {
        end(drive);
      }
    }
  }

  private void end(Drive drive) {
    drives.remove(drive.handover().getNumber());
    HandoverStatus status = drive.status();
    ended.add(status);
    clearing = false; // what it leaves is cleared away at once
    if (status.getPhase() == HandoverStatus.Phase.ABANDONED) {
      ports.metrics().abandoned();
      note("handover-abandoned", drive.handover()).log("{}", status.getNote());
    } else {
      note("handover-done", drive.handover())
          .addKeyValue("pausedMillis", status.getPausedMillis())
          .addKeyValue("records", status.getRecords())
          .log("a range was handed over");
    }
    listeners.forEach(listener -> listener.accept(status));
  }

  private static org.slf4j.spi.LoggingEventBuilder note(String event, Handover handover) {
    return LOG.atInfo()
        .addKeyValue("event", event)
        .addKeyValue("number", handover.getNumber())
        .addKeyValue("from", handover.getFrom())
        .addKeyValue("to", handover.getTo());
  }

  private void arm() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    if (running) {
      long millis = drives.isEmpty() ? IDLE_LOOK_MILLIS : LOOK_MILLIS;
      timer = ports.loop().after(millis, this::onTimer);
    }
  }

  private void onTimer() {
    timer = null;
    look();
  }

  // ---- what is left over

  private void clearAway(List<Handover> recorded) {
    long nowNanos = ports.clock().nanoTime();
    if (clearing && nowNanos - clearedNanos < IDLE_LOOK_MILLIS * 1_000_000) {
      return;
    }
    clearing = true;
    clearedNanos = nowNanos;
    Set<Long> live = recorded.stream().map(Handover::getNumber).collect(Collectors.toSet());
    ports.groups().known().forEach(known -> cancelLeftovers(known, live));
    empty.look(ports.root().groups(), ports.root().map(), recorded, nowNanos).forEach(this::retire);
  }

  /// A group that has processed its whole journal and still takes part in a handover of which there
  /// is no record: it was abandoned. One that was committed would have ended with its item. A
  /// number that is not known here yet is another leader's, who followed without our knowing.
  private void cancelLeftovers(HandoverGroups.Known known, Set<Long> live) {
    if (!known.caughtUp()) {
      return;
    }
    for (long number : known.numbers()) {
      if (!live.contains(number) && number <= ports.root().lastHandover()) {
        cancel(new Leftover(known.group(), number));
      }
    }
  }

  private void cancel(Leftover what) {
    if (cancelling.size() >= MOST_CANCELS || !cancelling.add(what)) {
      return;
    }
    var cancel = HandoverCancel.newBuilder().setNumber(what.number());
    ports
        .groups()
        .propose(what.group(), Command.newBuilder().setHandoverCancel(cancel).build(), deadline())
        .onComplete(_ -> cancelling.remove(what));
  }

  private void retire(GroupId group) {
    if (!retiring.add(group)) {
      return;
    }
    var retire = GroupRetire.newBuilder().setGroup(group.value());
    ports
        .root()
        .propose(Command.newBuilder().setGroupRetire(retire).build(), deadline())
        .onComplete(
            (result, _) -> {
              retiring.remove(group);
              if (result instanceof CommandResult.Done) {
                ports.metrics().retired();
                LOG.atInfo()
                    .addKeyValue("event", "group-retired")
                    .addKeyValue("group", group)
                    .log("a group without keys is gone");
              }
            });
  }

  private long deadline() {
    return ports.clock().nanoTime() + ANSWER_NANOS;
  }
}
