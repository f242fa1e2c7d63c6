package io.flotilla.placement.duty;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps writes within a member's space: a quota on the store and a reserve on the disk.
///
/// [#exceeds] and [#onRefused] may be called from any thread; everything else belongs to the
/// group's loop. When a write finds no room, or the disk is nearly full, the NOSPACE alarm is
/// raised for this member and stops growing writes in the whole cluster.
///
/// The alarm that the quota raised stays until an operator disarms it, also when space is free
/// again (etcd behaviour). The alarm that a full disk raised is taken back here once there is twice
/// the reserve: nobody has to notice for the cluster to go on. Which of the two it was is known to
/// the process that raised it; after a restart an alarm that is on counts as the quota's.
public final class SpaceQuota {
  /// How often the sizes are read.
  static final long REFRESH_MILLIS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(SpaceQuota.class);

  /// The bounds; 0 switches one off.
  ///
  /// @param quotaBytes most bytes of the store
  /// @param diskReserveBytes free bytes of the file system below which it counts as full
  public record Limits(long quotaBytes, long diskReserveBytes) {
    public static final Limits OFF = new Limits(0, 0);

    public Limits {
      if (quotaBytes < 0 || diskReserveBytes < 0) {
        throw new IllegalArgumentException("space limits are not negative");
      }
    }
  }

  /// What the quota reads; each must be cheap, as it is asked on the loop.
  ///
  /// @param storeBytes bytes that the store uses; free pages of its file do not count, as writes
  ///     take them first: room that a compaction makes is there at once
  /// @param freeBytes bytes that are free on the file system, as last measured elsewhere
  /// @param alarmOn whether NOSPACE is on for this member in the applied state
  public record Gauges(LongSupplier storeBytes, LongSupplier freeBytes, BooleanSupplier alarmOn) {}

  private enum Cause {
    QUOTA,
    DISK
  }

  private final NodeId self;
  private final Limits limits;
  private final Gauges gauges;
  private final Scheduler scheduler;
  private final Proposer proposer;
  private final Repeater repeater;
  /// For readers on other threads.
  private volatile long storeBytes;
  private volatile boolean diskFull;
  /// Why the alarm that is on was raised, as far as this process knows.
  private Cause cause = Cause.QUOTA;
  private boolean proposing;
  private final List<Consumer<Boolean>> waiting = new ArrayList<>();

  public SpaceQuota(
      NodeId self, Limits limits, Gauges gauges, Scheduler scheduler, Proposer proposer) {
    this.self = self;
    this.limits = limits;
    this.gauges = gauges;
    this.scheduler = scheduler;
    this.proposer = proposer;
    this.repeater = new Repeater(scheduler, REFRESH_MILLIS, this::refresh);
  }

  public void start() {
    refresh();
    repeater.start();
  }

  public void stop() {
    repeater.stop();
    proposing = false;
    answerUnlessProposing();
  }

  /// Whether a write of this cost has no room. A cost of 0 always has. Any thread.
  ///
  /// @param costBytes as [io.flotilla.raft.shard.RequestCost] counts
  public boolean exceeds(long costBytes) {
    if (costBytes == 0) {
      return false;
    }
    return diskFull || (limits.quotaBytes() > 0 && storeBytes + costBytes >= limits.quotaBytes());
  }

  /// A write was refused because [#exceeds] said so: raises the alarm. Any thread.
  public void onRefused() {
    onRefused(_ -> {});
  }

  /// As [#onRefused()].
  ///
  /// @param onEnd called on the group's loop: true when the alarm is on, false when it could not be
  ///     raised
  public void onRefused(Consumer<Boolean> onEnd) {
    scheduler.execute(
        () -> {
          waiting.add(onEnd);
          refresh();
          raise(diskFull ? Cause.DISK : Cause.QUOTA);
          answerUnlessProposing();
        });
  }

  /// Callers are as many as writes in flight at the front, which bounds them.
  private void answerUnlessProposing() {
    if (!proposing) {
      boolean on = gauges.alarmOn().getAsBoolean();
      List<Consumer<Boolean>> answered = List.copyOf(waiting);
      waiting.clear();
      answered.forEach(caller -> caller.accept(on));
    }
  }

  private void refresh() {
    storeBytes = gauges.storeBytes().getAsLong();
    long reserve = limits.diskReserveBytes();
    long free = reserve == 0 ? Long.MAX_VALUE : gauges.freeBytes().getAsLong();
    if (free < reserve) {
      diskFull = true;
    } else if (free / 2 >= reserve) {
      diskFull = false;
    }
    if (diskFull) {
      raise(Cause.DISK);
    } else if (cause == Cause.DISK && gauges.alarmOn().getAsBoolean()) {
      takeBack();
    }
  }

  private void raise(Cause why) {
    boolean on = gauges.alarmOn().getAsBoolean();
    if (on && why == Cause.QUOTA) {
      cause = Cause.QUOTA; // stays from here on, whatever raised it first
    }
    if (on || proposing) {
      return;
    }
    propose(
        AlarmRequest.AlarmAction.ACTIVATE,
        () -> {
          cause = why;
          LOG.atWarn()
              .addKeyValue("event", "no-space-alarm-raised")
              .addKeyValue("cause", why)
              .addKeyValue("storeBytes", storeBytes)
              .log("space is out: growing writes are refused");
        });
  }

  private void takeBack() {
    if (proposing) {
      return;
    }
    propose(
        AlarmRequest.AlarmAction.DEACTIVATE,
        () -> {
          cause = Cause.QUOTA;
          LOG.atInfo()
              .addKeyValue("event", "no-space-alarm-cleared")
              .log("the disk has room again: writes go on");
        });
  }

  /// A proposal that failed is made again by a later refresh, as the alarm then still differs.
  private void propose(AlarmRequest.AlarmAction action, Runnable onDone) {
    proposing = true;
    var request =
        AlarmRequest.newBuilder()
            .setAction(action)
            .setMemberID(self.value())
            .setAlarm(AlarmType.NOSPACE);
    proposer.propose(
        Command.newBuilder().setAlarm(request).build(),
        result -> {
          proposing = false;
          if (result instanceof CommandResult.Done) {
            onDone.run();
          }
          answerUnlessProposing();
        });
  }
}
