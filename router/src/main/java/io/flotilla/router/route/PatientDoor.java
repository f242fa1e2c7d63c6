package io.flotilla.router.route;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/// Waits for a leader where the group itself would refuse for want of one (etcd behaviour), until
/// the request's deadline. What was refused like that had no effect, so it may be asked again; what
/// may have reached the log never is.
public final class PatientDoor implements GroupDoor {
  private static final long FIRST_WAIT_MILLIS = 10;
  private static final long MAX_WAIT_MILLIS = 200;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final GroupDoor group;
  private final Clock clock;
  private final Scheduler scheduler;
  private final Rejection timeIsUp;

  /// @param scheduler runs on the loop of the request
  /// @param timeIsUp what a request ends with that met no leader before its deadline
  public PatientDoor(GroupDoor group, Clock clock, Scheduler scheduler, Rejection timeIsUp) {
    this.group = group;
    this.clock = clock;
    this.scheduler = scheduler;
    this.timeIsUp = timeIsUp;
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    return retrying(
        () -> group.propose(command, deadlineNanos).map(PatientDoor::failIfLeaderless),
        deadlineNanos,
        FIRST_WAIT_MILLIS);
  }

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    return retrying(() -> group.read(mode, query, deadlineNanos), deadlineNanos, FIRST_WAIT_MILLIS);
  }

  /// A refusal inside a result becomes a failure if it is one to wait for.
  private static CommandResult failIfLeaderless(CommandResult result) {
    if (result instanceof CommandResult.Rejected(Rejection why) && isLeaderless(why)) {
      throw why.asException();
    }
    return result;
  }

  private static boolean isLeaderless(Rejection why) {
    return why instanceof Rejection.NoLeader || why instanceof Rejection.NotLeader;
  }

  private <T> Future<T> retrying(Supplier<Future<T>> attempt, long deadlineNanos, long waitMillis) {
    Future<T> result = attempt.get();
    if (result.succeeded()) {
      return result;
    }
    return result.recover(
        failure ->
            failure instanceof RejectedException rejected && isLeaderless(rejected.rejection())
                ? later(attempt, deadlineNanos, waitMillis)
                : Future.failedFuture(failure));
  }

  private <T> Future<T> later(Supplier<Future<T>> attempt, long deadlineNanos, long waitMillis) {
    long leftMillis = (deadlineNanos - clock.nanoTime()) / NANOS_PER_MILLI;
    Promise<T> promise = Promise.promise();
    if (leftMillis <= 0) {
      return Future.failedFuture(timeIsUp.asException());
    }
    long next = Math.min(waitMillis * 2, MAX_WAIT_MILLIS);
    scheduler.after(
        Math.min(waitMillis, leftMillis),
        () -> retrying(attempt, deadlineNanos, next).onComplete(promise));
    return promise.future();
  }
}
