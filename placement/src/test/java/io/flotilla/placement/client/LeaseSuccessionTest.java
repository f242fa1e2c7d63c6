package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.testing.TestCluster;
import io.flotilla.placement.testing.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Leases over changes of the leader: none runs out early, none is taken by a leader of yesterday,
/// and what was left of a long one stays about what it was.
class LeaseSuccessionTest {
  private static final long LEASE = 7;

  private final TestCluster cluster = new TestCluster(3);

  @AfterEach
  void nothingHalted() {
    cluster.assertNothingHalted();
  }

  private TestClient client() {
    return new TestClient(cluster.leader().door, cluster.deadline());
  }

  private void grantWithAKey(long ttlSeconds) {
    cluster.done(client().grant(LEASE, ttlSeconds));
    cluster.done(client().put("a", LEASE));
  }

  private long renew() {
    TestNode leader = cluster.leader();
    var keepAlives = new KeepAlives(leader.door, cluster.loop, leader.loop);
    return cluster.done(keepAlives.renew(LEASE, cluster.deadline())).ttlSeconds();
  }

  private boolean existsEverywhere() {
    return cluster.nodes.stream().allMatch(node -> node.machine.leases().exists(LEASE));
  }

  private long timeToLive() {
    return cluster.done(client().timeToLive(LEASE)).response().getTTL();
  }

  @Test
  void newLeaderGivesTheWholeTimeAgain() {
    grantWithAKey(10);
    cluster.loop.advance(9_000);
    TestNode first = cluster.leader();
    cluster.kill(first);
    cluster.loop.advance(500);
    TestNode second = cluster.leader();
    assertThat(timeToLive()).isBetween(9L, 11L);
    cluster.loop.advance(9_000);
    assertThat(second.machine.leases().exists(LEASE)).isTrue();
    cluster.loop.advance(3_000);
    assertThat(second.machine.leases().exists(LEASE)).as("and then it ends").isFalse();
    assertThat(cluster.done(client().everyKey()).response().getCount()).isZero();
  }

  /// It still thinks that it leads when it wakes up, and by its clock the lease ran out long ago.
  @Test
  void leaderThatSleptTakesNothing() {
    grantWithAKey(3);
    TestNode stale = cluster.leader();
    stale.sleep();
    for (int i = 0; i < 20; i++) {
      cluster.loop.advance(1_000);
      assertThat(renew()).isEqualTo(3);
    }
    long revision = cluster.leader().machine.revision();
    assertThat(stale.group.status().isLeader()).isTrue();
    stale.wake();
    for (int i = 0; i < 10; i++) {
      cluster.loop.advance(1_000);
      assertThat(renew()).isEqualTo(3);
    }
    assertThat(existsEverywhere()).isTrue();
    assertThat(stale.machine.revision()).isEqualTo(revision);
    assertThat(stale.machine.leases().primary()).isFalse();
  }

  @Test
  void leaseThatIsRenewedOutlivesEveryLeader() {
    grantWithAKey(3);
    for (int i = 0; i < 6; i++) {
      TestNode leader = cluster.leader();
      TestNode next = cluster.follower();
      cluster.done(leader.group.transferTo(next.id));
      cluster.loop.advance(900);
      assertThat(renew()).isEqualTo(3);
    }
    assertThat(existsEverywhere()).isTrue();
  }

  @Test
  void restOfALongLeaseIsKept() {
    grantWithAKey(3_600);
    cluster.loop.advance(1_000_000);
    TestNode first = cluster.leader();
    cluster.kill(first);
    cluster.loop.advance(2_000);
    assertThat(cluster.leader()).isNotSameAs(first);
    assertThat(timeToLive()).as("checkpointed every five minutes").isBetween(2_598L, 2_902L);
  }
}
