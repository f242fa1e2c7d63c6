package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.service.Renewals;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.LeaseCheckpoint;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/// Renews leases at the leader, until there is an answer that holds.
///
/// A lease whose rest was checkpointed has that cleared through the log first. A lease that ran out
/// is asked for again until its revocation is applied: then its keys are gone when the owner hears
/// of it (etcd behaviour).
///
/// Belongs to the loop that the scheduler and the group's answers run on.
public final class KeepAlives {
  /// Between two looks at a lease that is about to go.
  static final long EXPIRING_RETRY_MILLIS = 50;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final GroupDoor group;
  private final Clock clock;
  private final Scheduler scheduler;

  /// The answer to a keep-alive.
  ///
  /// @param ttlSeconds the granted TTL; 0 for a lease that does not exist (any more)
  /// @param revision for the header
  public record Answer(long lease, long ttlSeconds, long revision) {}

  public KeepAlives(GroupDoor group, Clock clock, Scheduler scheduler) {
    this.group = group;
    this.clock = clock;
    this.scheduler = scheduler;
  }

  /// Starts the TTL of a lease again. Fails as the door does, and as timed out when a lease that
  /// ran out is not revoked before the deadline.
  public Future<Answer> renew(long lease, long deadlineNanos) {
    var query = new RootQuery.KeepAlive(List.of(lease));
    return group
        .read(ReadMode.LINEARIZABLE, query, deadlineNanos)
        .compose(renewals -> onOutcome(lease, renewals, deadlineNanos));
  }

  private Future<Answer> onOutcome(long lease, Renewals renewals, long deadlineNanos) {
    return switch (renewals.outcomes().getFirst()) {
      case Renewal.Renewed(long ttl) ->
          Future.succeededFuture(new Answer(lease, ttl, renewals.revision()));
      case Renewal.Unknown _ -> Future.succeededFuture(new Answer(lease, 0, renewals.revision()));
      case Renewal.Expiring _ -> later(deadlineNanos).compose(_ -> renew(lease, deadlineNanos));
      case Renewal.Checkpointed(long ttl) ->
          clear(lease, ttl, deadlineNanos).compose(_ -> renew(lease, deadlineNanos));
    };
  }

  private Future<Void> later(long deadlineNanos) {
    if (clock.nanoTime() + EXPIRING_RETRY_MILLIS * NANOS_PER_MILLI - deadlineNanos > 0) {
      return Future.failedFuture(new Rejection.TimedOut().asException());
    }
    Promise<Void> passed = Promise.promise();
    scheduler.after(EXPIRING_RETRY_MILLIS, () -> passed.complete());
    return passed.future();
  }

  private Future<Void> clear(long lease, long ttlSeconds, long deadlineNanos) {
    var full = LeaseCheckpoint.Remaining.newBuilder().setId(lease).setRemainingSeconds(ttlSeconds);
    var command =
        Command.newBuilder().setLeaseCheckpoint(LeaseCheckpoint.newBuilder().addLeases(full));
    return group
        .propose(command.build(), deadlineNanos)
        .compose(
            result ->
                switch (result) {
                  case CommandResult.Done _ -> Future.succeededFuture();
                  case CommandResult.Rejected(var why) -> Future.failedFuture(why.asException());
                });
  }
}
