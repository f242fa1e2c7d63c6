package io.flotilla.placement.duty;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.lease.LeaseTable;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Revokes leases that ran out, each as a command and so as a revision of its own.
///
/// Runs on every replica and acts on the primary only, after leadership was proven for this very
/// round: a leader that slept through its own replacement finds that out first. A lease is marked
/// from the moment it is taken, so it is not renewed while its revocation is on its way; when the
/// proposal certainly failed it is due again.
///
/// Every 500 ms, at most 500 leases a round and 16 proposals in flight (etcd behaviour). Leases
/// that shard groups know are revoked by transactions, in a line of their own: a group that is down
/// holds up no other lease than those it knows. Owned by the group's loop.
public final class LeaseExpiry {
  public static final long INTERVAL_MILLIS = 500;
  public static final int LEASES_PER_ROUND = 500;
  public static final int IN_FLIGHT = 16;

  /// Leases whose revocation has to run as a transaction; more are tried again later.
  static final int MAX_SHARED = 10_000;

  /// Queue entries of the table that one turn of the loop looks at.
  static final int LOOK_BUDGET = 8192;

  private static final Logger LOG = LoggerFactory.getLogger(LeaseExpiry.class);

  /// What belongs to one leadership: proposals of an earlier one end without effect here.
  private static final class Round {
    final Queue<Long> waiting = new ArrayDeque<>();
    int inFlight;
    // known to shard groups
    final Queue<Long> shared = new ArrayDeque<>();
    int sharedInFlight;
    boolean proving;
    boolean searching;
  }

  private final LeaseTable leases;
  private final Clock clock;
  private final Scheduler scheduler;
  private final Proposer proposer;
  private final Proposer coordinator;
  private final LeadershipProof proof;
  private final BooleanSupplier suspended;
  private final Repeater repeater;
  private Round round = new Round();

  /// What the driver works with.
  ///
  /// @param proposer proposes to this replica as the leader, never through another node: a leader
  ///     that was replaced while it was not looking must not act through its successor
  /// @param coordinator runs what the root group refuses to do alone (`NeedsCommit`) as a
  ///     cross-shard transaction
  /// @param suspended whether revocations are refused anyway (a CORRUPT alarm is on)
  public record Ports(
      Clock clock,
      Scheduler scheduler,
      Proposer proposer,
      Proposer coordinator,
      LeadershipProof proof,
      BooleanSupplier suspended) {}

  public LeaseExpiry(LeaseTable leases, Ports ports) {
    this.leases = leases;
    this.clock = ports.clock();
    this.scheduler = ports.scheduler();
    this.proposer = ports.proposer();
    this.coordinator = ports.coordinator();
    this.proof = ports.proof();
    this.suspended = ports.suspended();
    this.repeater = new Repeater(scheduler, INTERVAL_MILLIS, this::onInterval);
  }

  public void start() {
    repeater.start();
  }

  public void stop() {
    repeater.stop();
    round = new Round();
  }

  /// The replica began or ceased to lead: what was on its way is forgotten, as the table forgets
  /// its marks.
  public void onLeadership() {
    round = new Round();
  }

  private void onInterval() {
    Round current = round;
    boolean idle = !current.proving && !current.searching && current.waiting.isEmpty();
    if (!idle || !leases.primary() || suspended.getAsBoolean()) {
      return;
    }
    if (!leases.anyDue(clock.nanoTime())) {
      return;
    }
    current.proving = true;
    proof.prove(leads -> onProof(current, leads));
  }

  private void onProof(Round current, boolean leads) {
    current.proving = false;
    if (leads && current == round && leases.primary()) {
      search(current, LEASES_PER_ROUND);
    }
  }

  private void search(Round current, int max) {
    current.searching = false;
    if (current != round) {
      return;
    }
    int before = current.waiting.size();
    boolean more = leases.takeExpired(clock.nanoTime(), max, LOOK_BUDGET, current.waiting::add);
    int left = max - (current.waiting.size() - before);
    if (more && left > 0) {
      current.searching = true;
      scheduler.execute(() -> search(current, left));
    }
    proposeNext(current);
  }

  private void proposeNext(Round current) {
    while (current.inFlight < IN_FLIGHT && !current.waiting.isEmpty()) {
      long lease = current.waiting.remove();
      current.inFlight++;
      proposer.propose(revoke(lease), result -> onResult(current, lease, result));
    }
  }

  private void onResult(Round current, long lease, CommandResult result) {
    current.inFlight--;
    if (current != round) {
      return;
    }
    if (result instanceof CommandResult.Rejected(Rejection why)) {
      if (why instanceof Rejection.NeedsCommit && current.shared.size() < MAX_SHARED) {
        current.shared.add(lease);
        coordinateNext(current);
      } else {
        onRejected(lease, why);
      }
    }
    proposeNext(current);
  }

  private void coordinateNext(Round current) {
    while (current.sharedInFlight < IN_FLIGHT && !current.shared.isEmpty()) {
      long lease = current.shared.remove();
      current.sharedInFlight++;
      coordinator.propose(revoke(lease), result -> onCoordinated(current, lease, result));
    }
  }

  private void onCoordinated(Round current, long lease, CommandResult result) {
    current.sharedInFlight--;
    if (current != round) {
      return;
    }
    if (result instanceof CommandResult.Rejected(Rejection why)) {
      onRejected(lease, why);
    }
    coordinateNext(current);
  }

  /// A lease whose fate is unknown stays marked: either its revocation is applied, or this
  /// leadership ends and the marks with it. One that is gone already is not given back.
  private void onRejected(long lease, Rejection why) {
    if (!(why instanceof Rejection.OutcomeUnknown)) {
      leases.giveBack(lease);
      return;
    }
    LOG.atWarn()
        .addKeyValue("event", "lease-expiry-unknown")
        .addKeyValue("lease", Long.toHexString(lease))
        .log("revocation of an expired lease may or may not have happened");
  }

  private static Command revoke(long lease) {
    return Command.newBuilder()
        .setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease))
        .build();
  }
}
