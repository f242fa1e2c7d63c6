package io.flotilla.placement.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.LeaseTable;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.placement.testing.NoLeaseStore;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.LeaseCheckpoint;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseCheckpointsTest {
  private static final long ROUND = 30_000;

  private final SimLoop loop = new SimLoop();
  private final ManualProposer log = new ManualProposer();
  private final LeaseTable leases = LeaseTable.restore(new NoLeaseStore(), loop.nanoTime());
  private final LeaseCheckpoints checkpoints = new LeaseCheckpoints(leases, loop, loop, log);

  @BeforeEach
  void lead() {
    leases.promote(loop.nanoTime(), 0);
    checkpoints.onLeadership();
    checkpoints.start();
  }

  @Test
  void longLeaseIsCheckpointedEveryFiveMinutes() {
    leases.grant(7, 3600, loop.nanoTime());
    loop.advance(299_000);
    assertThat(log.size()).isZero();
    loop.advance(1_000);
    assertThat(remaining()).containsExactly(3300L);
    log.done(this::apply);
    loop.advance(299_000);
    assertThat(log.size()).isZero();
    loop.advance(1_000);
    assertThat(remaining()).containsExactly(3000L);
  }

  @Test
  void shortOrRenewedLeaseIsNot() {
    leases.grant(7, 300, loop.nanoTime());
    leases.grant(8, 900, loop.nanoTime());
    for (int i = 0; i < 10; i++) {
      loop.advance(200_000);
      assertThat(leases.renew(8, loop.nanoTime())).isEqualTo(new Renewal.Renewed(900));
    }
    assertThat(log.size()).isZero();
  }

  @Test
  void oneBoundedBatchIsInFlight() {
    for (int id = 1; id <= 60_000; id++) {
      leases.grant(id, 3600, loop.nanoTime());
    }
    loop.advance(300_000);
    assertThat(log.size()).isEqualTo(1);
    assertThat(remaining()).hasSizeLessThanOrEqualTo(LeaseCheckpoints.LEASES_PER_BATCH);
    loop.advance(10_000);
    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void everyLeaseHasItsTurnWithinARound() {
    for (int id = 1; id <= 5_000; id++) {
      leases.grant(id, 3600, loop.nanoTime());
    }
    loop.advance(300_000 - ROUND);
    int seen = 0;
    for (long passed = 0; passed < 2 * ROUND; passed += 500) {
      loop.advance(500);
      while (log.size() > 0) {
        seen += log.done(this::apply).getLeaseCheckpoint().getLeasesCount();
      }
    }
    assertThat(seen).isEqualTo(5_000);
  }

  @Test
  void refusedBatchLeavesLeasesRenewable() {
    leases.grant(7, 3600, loop.nanoTime());
    loop.advance(300_000);
    assertThat(leases.renew(7, loop.nanoTime())).isEqualTo(new Renewal.Checkpointed(3600));
    log.reject(new Rejection.TooManyRequests());
    assertThat(leases.renew(7, loop.nanoTime())).isEqualTo(new Renewal.Renewed(3600));
  }

  /// The checkpoint may still be applied, so a renewal has to clear it.
  @Test
  void batchOfUnknownOutcomeKeepsItsMarks() {
    leases.grant(7, 3600, loop.nanoTime());
    loop.advance(300_000);
    log.reject(new Rejection.OutcomeUnknown());
    assertThat(leases.renew(7, loop.nanoTime())).isEqualTo(new Renewal.Checkpointed(3600));
  }

  @Test
  void answerForAnEarlierLeadershipIsIgnored() {
    leases.grant(7, 3600, loop.nanoTime());
    loop.advance(300_000);
    leases.promote(loop.nanoTime(), 0);
    checkpoints.onLeadership();
    loop.advance(300_000);
    assertThat(log.size()).isEqualTo(2);
    log.reject(new Rejection.LeaderChanged());
    assertThat(leases.renew(7, loop.nanoTime())).isEqualTo(new Renewal.Checkpointed(3600));
  }

  @Test
  void followerProposesNothing() {
    leases.grant(7, 3600, loop.nanoTime());
    leases.demote();
    loop.advance(900_000);
    assertThat(log.size()).isZero();
    checkpoints.stop();
    assertThat(loop.queued()).isZero();
  }

  private void apply(Command command) {
    command
        .getLeaseCheckpoint()
        .getLeasesList()
        .forEach(l -> leases.checkpoint(l.getId(), l.getRemainingSeconds()));
  }

  private List<Long> remaining() {
    return log.commands().getLast().getLeaseCheckpoint().getLeasesList().stream()
        .map(LeaseCheckpoint.Remaining::getRemainingSeconds)
        .toList();
  }
}
