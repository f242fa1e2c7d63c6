package io.flotilla.placement.duty;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.lease.LeaseTable;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.LeaseCheckpoint;
import io.flotilla.raft.shard.CommandResult;
import org.jspecify.annotations.Nullable;

/// Keeps in the log how much time long leases have left, so that a leader change does not give them
/// their full time again (etcd's lease checkpoints).
///
/// Searches the table in small steps, once around within a tenth of the checkpoint interval; one
/// batch is in flight at a time. Owned by the group's loop; acts on the primary only.
public final class LeaseCheckpoints {
  /// A lease is checkpointed when this long passed since it was renewed or checkpointed, if it then
  /// had more than this left (etcd behaviour).
  public static final long INTERVAL_SECONDS = 300;

  public static final int LEASES_PER_BATCH = 1000;

  static final long STEP_MILLIS = 500;
  private static final long STEPS_PER_ROUND = INTERVAL_SECONDS * 1000 / 10 / STEP_MILLIS;

  private final LeaseTable leases;
  private final Clock clock;
  private final Proposer proposer;
  private final Repeater repeater;
  /// The batch on its way in this leadership, or null.
  private LeaseCheckpoint.@Nullable Builder inFlight;

  public LeaseCheckpoints(LeaseTable leases, Clock clock, Scheduler scheduler, Proposer proposer) {
    this.leases = leases;
    this.clock = clock;
    this.proposer = proposer;
    this.repeater = new Repeater(scheduler, STEP_MILLIS, this::step);
  }

  public void start() {
    repeater.start();
  }

  public void stop() {
    repeater.stop();
    inFlight = null;
  }

  /// The replica began or ceased to lead: the table forgot what was on its way.
  public void onLeadership() {
    inFlight = null;
  }

  private void step() {
    if (!leases.primary() || inFlight != null) {
      return;
    }
    int slots = (int) (leases.size() / STEPS_PER_ROUND) + 1;
    var batch = LeaseCheckpoint.newBuilder();
    leases.takeCheckpoints(
        clock.nanoTime(),
        INTERVAL_SECONDS,
        slots,
        LEASES_PER_BATCH,
        (id, left) -> batch.addLeases(remaining(id, left)));
    if (batch.getLeasesCount() > 0) {
      inFlight = batch;
      var command = Command.newBuilder().setLeaseCheckpoint(batch).build();
      proposer.propose(command, result -> onResult(batch, result));
    }
  }

  /// Where the outcome is unknown the marks stay: a renewal then clears the checkpoint through the
  /// log, whether or not it is there.
  private void onResult(LeaseCheckpoint.Builder batch, CommandResult result) {
    if (batch != inFlight) {
      return;
    }
    inFlight = null;
    boolean failed =
        result instanceof CommandResult.Rejected(Rejection why)
            && !(why instanceof Rejection.OutcomeUnknown);
    if (failed) {
      batch.getLeasesList().forEach(lease -> leases.giveBackCheckpoint(lease.getId()));
    }
  }

  private static LeaseCheckpoint.Remaining.Builder remaining(long id, long seconds) {
    return LeaseCheckpoint.Remaining.newBuilder().setId(id).setRemainingSeconds(seconds);
  }
}
