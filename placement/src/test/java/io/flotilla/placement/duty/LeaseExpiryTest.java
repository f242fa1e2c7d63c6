package io.flotilla.placement.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.LeaseTable;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.placement.testing.NoLeaseStore;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseExpiryTest {
  private final SimLoop loop = new SimLoop();
  private final ManualProposer log = new ManualProposer();
  private final ManualProposer shared = new ManualProposer();
  private final LeaseTable leases = LeaseTable.restore(new NoLeaseStore(), loop.nanoTime());
  private final Queue<Consumer<Boolean>> proofs = new ArrayDeque<>();
  private boolean corrupt;
  private final LeaseExpiry expiry =
      new LeaseExpiry(
          leases, new LeaseExpiry.Ports(loop, loop, log, shared, proofs::add, () -> corrupt));

  @BeforeEach
  void lead() {
    leases.promote(loop.nanoTime(), 0);
    expiry.onLeadership();
    expiry.start();
  }

  @Test
  void leaseThatRanOutIsRevokedOnceLeadershipIsProven() {
    grant(7, 2);
    loop.advance(1999);
    assertThat(proofs).isEmpty();
    loop.advance(1);
    assertThat(log.size()).as("not before the proof").isZero();
    prove(true);
    assertThat(revoked()).containsExactly(7L);
    log.done(this::apply);
    loop.advance(5000);
    assertThat(proofs).as("nothing is left to do").isEmpty();
  }

  /// A group that is down holds up the leases that it knows, and no others.
  @Test
  void leasesThatShardGroupsKnowAreRevokedInALineOfTheirOwn() {
    for (int lease = 1; lease <= 2 * LeaseExpiry.IN_FLIGHT; lease++) {
      grant(lease, 2);
    }
    loop.advance(2000);
    prove(true);
    for (int i = 0; i < 2 * LeaseExpiry.IN_FLIGHT - 1; i++) {
      log.reject(new Rejection.NeedsCommit());
    }
    assertThat(log.size()).isEqualTo(1);
    assertThat(shared.size()).as("bounded").isEqualTo(LeaseExpiry.IN_FLIGHT);
    log.done(this::apply);
    grant(99, 2);
    loop.advance(3000);
    prove(true);
    assertThat(revoked()).as("others go on").containsExactly(99L);

    shared.done(this::apply);
    assertThat(shared.size()).isEqualTo(LeaseExpiry.IN_FLIGHT);
    long refused = shared.reject(new Rejection.TimedOut()).getLeaseRevoke().getID();
    log.done(this::apply);
    loop.advance(1000);
    prove(true);
    assertThat(revoked()).as("tried again").containsExactly(refused);
  }

  @Test
  void transactionsOfAnEarlierLeadershipAreForgotten() {
    grant(7, 2);
    loop.advance(2000);
    prove(true);
    log.reject(new Rejection.NeedsCommit());
    assertThat(shared.size()).isEqualTo(1);
    expiry.onLeadership();
    shared.reject(new Rejection.OutcomeUnknown());
    assertThat(shared.size()).isZero();
  }

  /// etcd #15247: an old leader that was stuck must not expire leases.
  @Test
  void leaderThatCannotProveItselfRevokesNothing() {
    grant(7, 2);
    loop.advance(2000);
    prove(false);
    assertThat(log.size()).isZero();
    assertThat(leases.renew(7, loop.nanoTime())).isEqualTo(new Renewal.Expiring());
    loop.advance(500);
    prove(true);
    assertThat(revoked()).containsExactly(7L);
  }

  @Test
  void proofOfAnEarlierLeadershipCountsForNothing() {
    grant(7, 2);
    loop.advance(2000);
    leases.demote();
    expiry.onLeadership();
    leases.promote(loop.nanoTime(), 0);
    expiry.onLeadership();
    prove(true);
    assertThat(log.size()).isZero();
  }

  @Test
  void followerAsksForNothing() {
    grant(7, 2);
    leases.demote();
    expiry.onLeadership();
    loop.advance(10_000);
    assertThat(proofs).isEmpty();
  }

  @Test
  void proposalsInFlightAreBounded() {
    for (int id = 1; id <= 40; id++) {
      grant(id, 2);
    }
    loop.advance(2000);
    prove(true);
    int done = 0;
    while (log.size() > 0) {
      assertThat(log.size()).isEqualTo(Math.min(LeaseExpiry.IN_FLIGHT, 40 - done));
      log.done(this::apply);
      done++;
    }
    assertThat(done).isEqualTo(40);
    assertThat(leases.size()).isZero();
  }

  @Test
  void roundTakesABoundedNumberOfLeases() {
    for (int id = 1; id <= 1200; id++) {
      grant(id, 2);
    }
    loop.advance(2000);
    prove(true);
    assertThat(drain()).isEqualTo(500);
    loop.advance(500);
    prove(true);
    assertThat(drain()).isEqualTo(500);
    loop.advance(500);
    prove(true);
    assertThat(drain()).isEqualTo(200);
  }

  @Test
  void nextRoundWaitsForTheOneBefore() {
    for (int id = 1; id <= 20; id++) {
      grant(id, 2);
    }
    loop.advance(2000);
    prove(true);
    loop.advance(5000);
    assertThat(proofs).as("four leases still wait for a place in flight").isEmpty();
    drain();
    grant(99, 2);
    loop.advance(2500);
    assertThat(proofs).hasSize(1);
  }

  /// Renewed leases surface too; a turn of the loop looks at a bounded number of them.
  @Test
  void longSearchIsSpreadOverTurns() {
    int many = 3 * LeaseExpiry.LOOK_BUDGET;
    for (int id = 1; id <= many; id++) {
      grant(id, 10);
    }
    grant(-1, 10);
    loop.advance(9000);
    for (int id = 1; id <= many; id++) {
      leases.renew(id, loop.nanoTime());
    }
    loop.advance(1000);
    prove(true);
    loop.settle();
    assertThat(revoked()).containsExactly(-1L);
  }

  @Test
  void refusedRevocationIsTriedAgain() {
    grant(7, 2);
    loop.advance(2000);
    prove(true);
    log.reject(new Rejection.TooManyRequests());
    loop.advance(500);
    prove(true);
    assertThat(revoked()).containsExactly(7L);
  }

  @Test
  void revocationOfUnknownOutcomeIsNotRepeatedInTheSameLeadership() {
    grant(7, 2);
    loop.advance(2000);
    prove(true);
    log.reject(new Rejection.OutcomeUnknown());
    loop.advance(5000);
    assertThat(proofs).isEmpty();
    assertThat(leases.renew(7, loop.nanoTime())).isEqualTo(new Renewal.Expiring());
  }

  @Test
  void answerForAnEarlierLeadershipDoesNotTouchThePresentOne() {
    grant(7, 2);
    loop.advance(2000);
    prove(true);
    leases.promote(loop.nanoTime(), 0);
    expiry.onLeadership();
    loop.advance(2000);
    prove(true);
    assertThat(log.size()).isEqualTo(2);
    log.reject(new Rejection.NotLeader(io.flotilla.base.NodeId.NONE));
    loop.advance(500);
    assertThat(proofs).as("still marked by the present leadership").isEmpty();
  }

  @Test
  void nothingIsProposedThatTheCorruptAlarmWouldRefuse() {
    corrupt = true;
    grant(7, 2);
    loop.advance(10_000);
    assertThat(proofs).isEmpty();
    corrupt = false;
    loop.advance(500);
    prove(true);
    assertThat(revoked()).containsExactly(7L);
  }

  @Test
  void stoppedDriverLeavesNothingBehind() {
    grant(7, 2);
    expiry.stop();
    loop.advance(10_000);
    assertThat(proofs).isEmpty();
    assertThat(loop.queued()).isZero();
  }

  private void grant(long id, long ttlSeconds) {
    assertThat(leases.grant(id, ttlSeconds, loop.nanoTime())).isEqualTo(ttlSeconds);
  }

  private void prove(boolean leads) {
    assertThat(proofs).hasSize(1);
    proofs.remove().accept(leads);
  }

  private int drain() {
    int done = 0;
    for (; log.size() > 0; done++) {
      log.done(this::apply);
    }
    return done;
  }

  private void apply(Command command) {
    assertThat(leases.revoke(command.getLeaseRevoke().getID())).isTrue();
  }

  private List<Long> revoked() {
    List<Long> ids = new ArrayList<>();
    log.commands().forEach(command -> ids.add(command.getLeaseRevoke().getID()));
    return ids;
  }
}
