package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.handover.HandoverEvent.Kind;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverAbandon;
import io.flotilla.proto.command.HandoverIn;
import io.flotilla.proto.command.HandoverOut;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Does what the course of one handover wants, and tells it what came of it. On the loop.
final class Drive implements RangeSwitch.LastCopy {
  /// After which the fate of a command, or a page, is given up; it is asked for again.
  private static final long ANSWER_NANOS = 5_000_000_000L;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long TAKEN_LOOK_MILLIS = 2;
  private static final long TAKEN_NANOS = 30_000_000_000L;

  /// What all drives share.
  ///
  /// @param onRecord runs when the root group's state may have changed
  record Shared(
      HandoverRoot root,
      HandoverGroups groups,
      RangeSwitch switching,
      Clock clock,
      Scheduler loop,
      CopyRate rate,
      HandoverMetrics metrics,
      Runnable onRecord) {}

  private final Shared shared;
  private final HandoverLimits limits;
  private final Handover handover;
  private final KeyRange range;
  private final GroupId from;
  private final GroupId to;
  private final HandoverCourse course;
  private final ArrayDeque<HandoverEvent> events = new ArrayDeque<>();
  private boolean draining;
  private boolean dropped;
  private @Nullable BarrierPoint point;
  private @Nullable Promise<Long> last;
  private boolean locking;
  private long lockedNanos;
  private long stoodNanos;

  Drive(Handover handover, HandoverLimits limits, Shared shared) {
    this.shared = shared;
    this.limits = limits;
    this.handover = handover;
    this.range = Intervals.of(handover.getRange());
    this.from = new GroupId(handover.getFrom());
    this.to = new GroupId(handover.getTo());
    this.course = new HandoverCourse(limits.copy(), limits.tries(), now());
  }

  // ---- what others see

  Handover handover() {
    return handover;
  }

  boolean ended() {
    return course.ended();
  }

  HandoverStatus status() {
    return HandoverStatus.newBuilder()
        .setHandover(handover)
        .setPhase(course.phase())
        .setRecords(course.records())
        .setPausedMillis((stoodNanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI)
        .setNote(course.note())
        .build();
  }

  // ---- events

  void begin() {
    perform(course.begin(now()));
  }

  void cancel(String reason) {
    tell(new HandoverEvent.Cancel(reason));
  }

  /// The root group's state does not record it any more.
  void gone() {
    boolean committed = to.equals(shared.root().map().onlyGroup(range));
    tell(new HandoverEvent.Gone(committed));
  }

  /// Another node leads the root group, or this one is being stopped.
  void drop() {
    dropped = true;
    failLast(new Rejection.NotLeader(NodeId.NONE));
  }

  /// What comes while an event is being dealt with waits its turn.
  private void tell(HandoverEvent event) {
    events.addLast(event);
    if (draining) {
      return;
    }
    draining = true;
    while (!events.isEmpty() && !dropped) {
      List<HandoverAction> wanted = course.on(events.removeFirst(), now());
      perform(wanted);
    }
    draining = false;
  }

  private void perform(List<HandoverAction> wanted) {
    wanted.forEach(this::perform);
  }

  private void perform(HandoverAction action) {
    switch (action) {
      case HandoverAction.Send _ -> send();
      case HandoverAction.Receive _ -> receive();
      case HandoverAction.Read read -> read(read);
      case HandoverAction.Write write -> write(write);
      case HandoverAction.Switch _ -> switchOver();
      case HandoverAction.Commit(long completeTo) -> endLast(last -> last.tryComplete(completeTo));
      case HandoverAction.Unlock(Rejection why) -> failLast(why);
      case HandoverAction.Abandon(String reason) -> abandon(reason);
      case HandoverAction.Pause(int number, long nanos) ->
          later(nanos, () -> tell(new HandoverEvent.Due(number)));
      case HandoverAction.Await _ -> awaitTaken(now() + TAKEN_NANOS);
    }
  }

  private void later(long nanos, Runnable then) {
    long millis = Math.max(1, (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
    shared
        .loop()
        .after(
            millis,
            () -> {
              if (!dropped) {
                then.run();
              }
            });
  }

  private long now() {
    return shared.clock().nanoTime();
  }

  // ---- commands

  private void send() {
    var out = HandoverOut.newBuilder().setNumber(handover.getNumber());
    out.setRange(handover.getRange());
    propose(
        from,
        Command.newBuilder().setHandoverOut(out),
        Kind.SEND,
        _ -> new HandoverEvent.Sending());
  }

  private void receive() {
    var in = HandoverIn.newBuilder().setNumber(handover.getNumber());
    in.setRange(handover.getRange());
    propose(to, Command.newBuilder().setHandoverIn(in), Kind.RECEIVE, Drive::progress);
  }

  private void write(HandoverAction.Write write) {
    long waitNanos = write.atOnce() ? 0 : shared.rate().take(write.bytes(), now());
    if (waitNanos == 0) {
      writeNow(write);
    } else {
      later(waitNanos, () -> writeNow(write));
    }
  }

  private void writeNow(HandoverAction.Write write) {
    shared.metrics().copied(write.bytes());
    propose(
        to, Command.newBuilder().setHandoverRecords(write.records()), Kind.WRITE, Drive::progress);
  }

  private static HandoverEvent progress(CommandResult.Done done) {
    return new HandoverEvent.Progress(((HandoverProgress.Builder) done.response()).build());
  }

  private void propose(
      GroupId group,
      Command.Builder command,
      Kind kind,
      Function<CommandResult.Done, HandoverEvent> onDone) {
    shared
        .groups()
        .propose(group, command.build(), now() + ANSWER_NANOS)
        .onComplete((result, failure) -> tell(event(result, failure, kind, onDone)));
  }

  private static HandoverEvent event(
      CommandResult result,
      @Nullable Throwable failure,
      Kind kind,
      Function<CommandResult.Done, HandoverEvent> onDone) {
    if (failure != null) {
      return new HandoverEvent.Failed(kind, why(failure));
    }
    return switch (result) {
      case CommandResult.Done done -> onDone.apply(done);
      case CommandResult.Rejected(Rejection why) -> new HandoverEvent.Failed(kind, why);
    };
  }

  private static Rejection why(Throwable failure) {
    return failure instanceof RejectedException rejected
        ? rejected.rejection()
        : new Rejection.OutcomeUnknown();
  }

  private void abandon(String reason) {
    var abandon = HandoverAbandon.newBuilder().setNumber(handover.getNumber());
    shared
        .root()
        .propose(Command.newBuilder().setHandoverAbandon(abandon).build(), now() + ANSWER_NANOS)
        .onComplete((result, failure) -> onAbandoned(result, failure));
  }

  private void onAbandoned(CommandResult result, @Nullable Throwable failure) {
    shared.onRecord().run();
    if (!course.ended()) {
      Rejection why =
          failure != null
              ? why(failure)
              : result instanceof CommandResult.Rejected(Rejection refused)
                  ? refused
                  : new Rejection.OutcomeUnknown();
      tell(new HandoverEvent.Failed(Kind.ABANDON, why));
    }
  }

  // ---- pages

  private void read(HandoverAction.Read read) {
    long deadline = now() + ANSWER_NANOS;
    BarrierPoint known = point;
    Future<BarrierPoint> to =
        read.fresh() || known == null
            ? shared.groups().point(from, deadline)
            : Future.succeededFuture(known);
    to.compose(at -> readAt(at, read, deadline))
        .onComplete((page, failure) -> tell(paged(read, page, failure)));
  }

  private Future<ExportPage> readAt(BarrierPoint at, HandoverAction.Read read, long deadline) {
    point = at;
    var query =
        new ShardQuery.Export(handover.getNumber(), read.from(), at.revision(), read.maxBytes());
    return shared.groups().read(from, at, query, deadline);
  }

  private HandoverEvent paged(
      HandoverAction.Read read, ExportPage page, @Nullable Throwable failure) {
    if (failure != null) {
      return new HandoverEvent.Failed(Kind.READ, why(failure));
    }
    HandoverRecords records =
        HandoverRecords.newBuilder()
            .setNumber(handover.getNumber())
            .setFrom(read.from())
            .addAllRecords(page.records())
            .setNext(page.next())
            .setCompleteTo(page.completeTo())
            .build();
    return new HandoverEvent.Page(records, records.getSerializedSize());
  }

  // ---- the switch

  private void switchOver() {
    shared
        .switching()
        .switchOver(handover, this, now() + limits.tries().switchNanos())
        .onComplete((_, failure) -> tell(switched(failure)));
  }

  private HandoverEvent switched(@Nullable Throwable failure) {
    if (failure == null) {
      return new HandoverEvent.Switched();
    }
    shared.metrics().switchAborted();
    return new HandoverEvent.NotSwitched(why(failure));
  }

  @Override
  public void onLocking() {
    locking = true;
    lockedNanos = now();
  }

  @Override
  public Future<Long> copy() {
    Promise<Long> promise = Promise.promise();
    if (dropped) {
      promise.fail(new Rejection.NotLeader(NodeId.NONE).asException());
      return promise.future();
    }
    last = promise;
    later(
        limits.tries().standNanos(), () -> promise.tryFail(new Rejection.TimedOut().asException()));
    tell(new HandoverEvent.Locked());
    return promise.future();
  }

  private void failLast(Rejection why) {
    endLast(open -> open.tryFail(why.asException()));
  }

  private void endLast(Function<Promise<Long>, Boolean> end) {
    Promise<Long> open = last;
    last = null;
    if (open != null) {
      end.apply(open);
    }
  }

  /// The range stands still until its new group has taken it up; the replica here hears of that at
  /// about the same time as the one that leads.
  private void awaitTaken(long untilNanos) {
    if (shared.groups().serves(to, range) || now() - untilNanos >= 0) {
      stoodNanos = locking ? now() - lockedNanos : 0;
      shared.metrics().switched(stoodNanos);
      tell(new HandoverEvent.Taken());
      shared.onRecord().run();
    } else {
      later(TAKEN_LOOK_MILLIS * NANOS_PER_MILLI, () -> awaitTaken(untilNanos));
    }
  }
}
