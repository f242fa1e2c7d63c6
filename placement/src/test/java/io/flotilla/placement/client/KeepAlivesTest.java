package io.flotilla.placement.client;

import static io.flotilla.placement.client.TestClient.refusal;
import static io.flotilla.placement.client.TestClient.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.service.RootMachines;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.LeaseCheckpoint;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

class KeepAlivesTest {
  private static final long SECOND = 1_000_000_000L;

  private final SimLoop loop = new SimLoop();
  private final RootMachine machine = RootMachines.leading(loop);
  private final FakeGroup group = new FakeGroup(machine);
  private final KeepAlives keepAlives = new KeepAlives(group, loop, loop);

  @Test
  void liveLeaseIsAnsweredWithItsTtl() {
    grant(7, 60);
    loop.advance(30_000);
    var answer = result(keepAlives.renew(7, deadline()));
    assertThat(answer).isEqualTo(new KeepAlives.Answer(7, 60, 1));
    assertThat(machine.leases().remainingSeconds(7, loop.nanoTime())).isEqualTo(60);
  }

  @Test
  void unknownLeaseIsAnsweredWithZero() {
    assertThat(result(keepAlives.renew(7, deadline())).ttlSeconds()).isZero();
    assertThat(result(keepAlives.renew(0, deadline())).ttlSeconds()).isZero();
  }

  /// Contract 2.9: waits for the revoke, then TTL 0.
  @Test
  void leaseThatRanOutIsAnsweredWhenItIsGone() {
    grant(7, 2);
    loop.advance(2_000);
    Future<KeepAlives.Answer> answer = keepAlives.renew(7, deadline());
    loop.advance(500);
    assertThat(answer.isComplete()).isFalse();
    var revoke = LeaseRevokeRequest.newBuilder().setID(7);
    result(group.propose(Command.newBuilder().setLeaseRevoke(revoke).build(), deadline()));
    loop.advance(KeepAlives.EXPIRING_RETRY_MILLIS);
    assertThat(result(answer).ttlSeconds()).isZero();
    assertThat(loop.queued()).isZero();
  }

  @Test
  void waitForARevocationEndsAtTheDeadline() {
    grant(7, 2);
    loop.advance(2_000);
    Future<KeepAlives.Answer> answer = keepAlives.renew(7, loop.nanoTime() + SECOND);
    loop.advance(1_000);
    assertThat(refusal(answer)).isEqualTo(new Rejection.TimedOut());
    assertThat(loop.queued()).isZero();
  }

  /// Otherwise the next leader would give the lease less than its owner was told.
  @Test
  void checkpointIsClearedThroughTheLogBeforeTheAnswer() {
    grant(7, 600);
    var rest = LeaseCheckpoint.Remaining.newBuilder().setId(7).setRemainingSeconds(100);
    var checkpoint = LeaseCheckpoint.newBuilder().addLeases(rest);
    var command = Command.newBuilder().setLeaseCheckpoint(checkpoint).build();
    result(group.propose(command, deadline()));
    assertThat(result(keepAlives.renew(7, deadline())).ttlSeconds()).isEqualTo(600);
    machine.onLeadership(true, 2);
    assertThat(machine.leases().remainingSeconds(7, loop.nanoTime())).isEqualTo(601);
  }

  @Test
  void replicaThatDoesNotLeadRefuses() {
    grant(7, 60);
    machine.onLeadership(false, 2);
    assertThat(refusal(keepAlives.renew(7, deadline())))
        .isEqualTo(new Rejection.NotLeader(NodeId.NONE));
  }

  private void grant(long id, long ttlSeconds) {
    var grant = LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds);
    result(group.propose(Command.newBuilder().setLeaseGrant(grant).build(), deadline()));
  }

  private long deadline() {
    return loop.nanoTime() + 7 * SECOND;
  }
}
