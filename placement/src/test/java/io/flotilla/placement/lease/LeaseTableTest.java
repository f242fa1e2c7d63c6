package io.flotilla.placement.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseTableTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long ELECTION = SECOND;
  private static final int MANY = 1000;

  private final MapLeaseStore store = new MapLeaseStore();
  private final LeaseTable table = LeaseTable.restore(store, 0);

  @Test
  void idInUseIsNotGrantedAgain() {
    assertThat(table.grant(7, 10, 0)).isEqualTo(10);
    assertThat(table.grant(7, 20, 0)).isZero();
    assertThat(table.ttlSeconds(7)).isEqualTo(10);
  }

  @Test
  void idMayBeNegativeButNotZero() {
    assertThat(table.grant(-3, 10, 0)).isEqualTo(10);
    assertThat(table.grant(0, 10, 0)).isZero();
    assertThat(table.exists(-3)).isTrue();
    assertThat(table.exists(0)).isFalse();
  }

  /// A command from elsewhere cannot bring replicas apart or the arithmetic over its limit.
  @Test
  void ttlOutsideTheBoundsIsBroughtInside() {
    assertThat(table.grant(1, -4, 0)).isEqualTo(1);
    assertThat(table.grant(2, Long.MAX_VALUE, 0)).isEqualTo(LeaseLimits.MAX_TTL_SECONDS);
  }

  /// Whoever holds on to the table goes on with the leases of the state that came instead.
  @Test
  void replacedTableIsTheOtherOne() {
    table.grant(7, 10, 0);
    var newStore = new MapLeaseStore();
    for (long id = 100; id < 100 + MANY; id++) {
      newStore.put(id, 20, id == 100 ? 5 : 0);
    }
    table.replaceBy(LeaseTable.restore(newStore, 12345));
    assertThat(table.exists(7)).isFalse();
    assertThat(table.size()).isEqualTo(MANY);
    primary(10 * SECOND);
    assertThat(table.remainingSeconds(100, 10 * SECOND)).isEqualTo(6);
    assertThat(table.remainingSeconds(101, 10 * SECOND)).isEqualTo(21);
    table.revoke(101);
    assertThat(newStore.leases).doesNotContainKey(101L);
    assertThat(store.leases).as("the old store is left alone").containsOnlyKeys(7L);
  }

  @Test
  void leadersTableIsNotReplaced() {
    primary(0);
    var other = LeaseTable.restore(new MapLeaseStore(), 0);
    assertThatThrownBy(() -> table.replaceBy(other)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void unknownLeaseIsNotRevoked() {
    table.grant(7, 10, 0);
    assertThat(table.revoke(7)).isTrue();
    assertThat(table.revoke(7)).isFalse();
    assertThat(store.leases).isEmpty();
  }

  @Test
  void leaseExpiresWhenItsTtlIsOver() {
    primary(0);
    table.grant(7, 2, 0);
    assertThat(expired(2 * SECOND - 1)).isEmpty();
    assertThat(expired(2 * SECOND)).containsExactly(7L);
    assertThat(expired(3 * SECOND)).as("taken once").isEmpty();
  }

  @Test
  void renewedLeaseLivesItsFullTtlAgain() {
    primary(0);
    table.grant(7, 10, 0);
    assertThat(table.renew(7, 9 * SECOND)).isEqualTo(new Renewal.Renewed(10));
    assertThat(expired(18 * SECOND)).isEmpty();
    assertThat(table.remainingSeconds(7, 18 * SECOND)).isEqualTo(1);
    assertThat(expired(19 * SECOND)).containsExactly(7L);
  }

  @Test
  void remainingTimeIsRoundedDownAndNeverNegative() {
    primary(0);
    table.grant(7, 10, 0);
    assertThat(table.remainingSeconds(7, 1)).isEqualTo(9);
    assertThat(table.remainingSeconds(7, 11 * SECOND)).isZero();
    assertThat(table.remainingSeconds(8, 0)).isEqualTo(-1);
  }

  @Test
  void leaseThatRanOutIsNotRenewed() {
    primary(0);
    table.grant(7, 2, 0);
    assertThat(table.renew(7, 2 * SECOND)).isEqualTo(new Renewal.Expiring());
    assertThat(table.renew(8, 2 * SECOND)).isEqualTo(new Renewal.Unknown());
  }

  /// etcd 3.5.23: a renewal must not succeed for a lease whose revocation is on its way.
  @Test
  void leaseTakenByExpiryIsNotRenewedUntilGivenBackAndThenIsDueAtOnce() {
    primary(0);
    table.grant(7, 2, 0);
    assertThat(expired(2 * SECOND)).containsExactly(7L);
    assertThat(table.renew(7, 2 * SECOND)).isEqualTo(new Renewal.Expiring());
    table.giveBack(7);
    assertThat(table.renew(7, 2 * SECOND)).isEqualTo(new Renewal.Expiring());
    assertThat(expired(2 * SECOND)).containsExactly(7L);
  }

  @Test
  void givingBackWhatIsGoneOrWasNotTakenDoesNothing() {
    primary(0);
    table.grant(7, 2, 0);
    table.giveBack(7);
    table.giveBack(8);
    assertThat(expired(2 * SECOND)).containsExactly(7L);
  }

  @Test
  void expiryTakesTheSoonestFirstAndNoMoreThanAsked() {
    primary(0);
    table.grant(1, 5, 0);
    table.grant(2, 4, 0);
    table.grant(3, 3, 0);
    table.renew(2, SECOND / 2);
    List<Long> taken = new ArrayList<>();
    assertThat(table.takeExpired(9 * SECOND, 2, MANY, taken::add)).as("more").isTrue();
    assertThat(taken).containsExactly(3L, 2L);
    assertThat(table.takeExpired(9 * SECOND, 2, MANY, taken::add)).isFalse();
    assertThat(taken).containsExactly(3L, 2L, 1L);
  }

  /// A turn of the loop looks at a bounded number of leases, also when all of them surface at once.
  @Test
  void searchForExpiredLeasesStopsAtItsBudget() {
    primary(0);
    for (int id = 1; id <= 100; id++) {
      table.grant(id, 10, 0);
      table.renew(id, 5 * SECOND);
    }
    assertThat(table.takeExpired(11 * SECOND, MANY, 60, id -> fail())).isTrue();
    assertThat(table.takeExpired(11 * SECOND, MANY, 60, id -> fail())).isFalse();
  }

  @Test
  void followerNeitherExpiresNorRenews() {
    table.grant(7, 2, 0);
    assertThatThrownBy(() -> expired(9 * SECOND)).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> table.renew(7, 0)).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> table.remainingSeconds(7, 0)).isInstanceOf(InvariantViolation.class);
  }

  /// Contract 2.9: every lease restarts with its full TTL and one election timeout.
  @Test
  void newPrimaryExtendsEveryLease() {
    table.grant(7, 2, 0);
    primary(50 * SECOND);
    assertThat(expired(53 * SECOND - 1)).isEmpty();
    assertThat(expired(53 * SECOND)).containsExactly(7L);
  }

  @Test
  void restartRestoresLeasesAndExtendsThemByWhatTheyHadLeft() {
    table.grant(7, 1000, 0);
    table.grant(8, 1000, 0);
    table.checkpoint(7, 400);
    var restarted = LeaseTable.restore(store, 77);
    restarted.promote(77, ELECTION);
    assertThat(restarted.remainingSeconds(7, 77)).isEqualTo(401);
    assertThat(restarted.remainingSeconds(8, 77)).isEqualTo(1001);
    assertThat(restarted.ttlSeconds(7)).isEqualTo(1000);
  }

  @Test
  void demotionForgetsWhatWasOnItsWay() {
    primary(0);
    table.grant(7, 2, 0);
    expired(2 * SECOND);
    table.demote();
    primary(3 * SECOND);
    assertThat(table.renew(7, 3 * SECOND)).isEqualTo(new Renewal.Renewed(2));
  }

  @Test
  void longIdleLeaseIsCheckpointedOncePerInterval() {
    primary(0);
    table.grant(7, 1000, 0);
    table.grant(8, 300, 0); // not above the interval
    assertThat(checkpoints(299 * SECOND)).isEmpty();
    assertThat(checkpoints(300 * SECOND)).containsExactly("7=700");
    assertThat(checkpoints(301 * SECOND)).as("still on its way").isEmpty();
    table.checkpoint(7, 700);
    assertThat(checkpoints(599 * SECOND)).isEmpty();
    assertThat(checkpoints(600 * SECOND)).containsExactly("7=400");
    table.checkpoint(7, 400);
    assertThat(checkpoints(900 * SECOND)).containsExactly("7=100");
    table.checkpoint(7, 100);
    assertThat(checkpoints(999 * SECOND)).as("not above the interval any more").isEmpty();
  }

  /// The next leader would otherwise end the lease earlier than its owner was told.
  @Test
  void checkpointedLeaseIsRenewedOnlyAfterTheCheckpointIsCleared() {
    primary(0);
    table.grant(7, 1000, 0);
    checkpoints(300 * SECOND);
    var refused = new Renewal.Checkpointed(1000);
    assertThat(table.renew(7, 301 * SECOND)).as("on its way").isEqualTo(refused);
    table.checkpoint(7, 700);
    assertThat(table.renew(7, 302 * SECOND)).as("applied").isEqualTo(refused);
    table.checkpoint(7, 1000);
    assertThat(table.renew(7, 303 * SECOND)).isEqualTo(new Renewal.Renewed(1000));
    assertThat(store.leases.get(7L)).isEqualTo(new MapLeaseStore.Stored(1000, 0));
  }

  /// A clearing checkpoint that overtakes nothing: the one proposed before it is still to come.
  @Test
  void clearingDoesNotHideACheckpointThatIsStillOnItsWay() {
    primary(0);
    table.grant(7, 1000, 0);
    checkpoints(300 * SECOND);
    table.checkpoint(7, 1000);
    assertThat(table.renew(7, 301 * SECOND)).isEqualTo(new Renewal.Checkpointed(1000));
    table.giveBackCheckpoint(7);
    assertThat(table.renew(7, 301 * SECOND)).isEqualTo(new Renewal.Renewed(1000));
  }

  @Test
  void checkpointsComeInBoundedBatchesAndTheSearchGoesOn() {
    primary(0);
    for (int id = 1; id <= 10; id++) {
      table.grant(id, 1000, 0);
    }
    List<Long> taken = new ArrayList<>();
    long now = 400 * SECOND;
    assertThat(table.takeCheckpoints(now, 300, 4, MANY, (id, left) -> taken.add(id))).isEqualTo(4);
    assertThat(table.takeCheckpoints(now, 300, MANY, 5, (id, left) -> taken.add(id))).isEqualTo(5);
    assertThat(table.takeCheckpoints(now, 300, MANY, 5, (id, left) -> taken.add(id))).isEqualTo(1);
    assertThat(taken).doesNotHaveDuplicates().hasSize(10);
  }

  @Test
  void checkpointOfARevokedLeaseDoesNotBringItBack() {
    table.checkpoint(7, 100);
    assertThat(table.exists(7)).isFalse();
    assertThat(store.leases).isEmpty();
  }

  /// Contract assertion 60: by time left, not by id.
  @Test
  void listIsOrderedByTimeLeft() {
    primary(0);
    table.grant(1, 30, 0);
    table.grant(2, 10, 0);
    table.grant(3, 20, 0);
    table.renew(2, 9 * SECOND); // ends at 19
    table.renew(3, 9 * SECOND); // ends at 29
    table.renew(1, 0); // ends at 30
    assertThat(ids(table.list())).containsExactly(2L, 3L, 1L);
  }

  @Test
  void followerListsByTheTimeLeasesWouldHave() {
    table.grant(1, 30, 0);
    table.grant(2, 10, 0);
    table.grant(3, 40, 0);
    table.checkpoint(3, 20);
    assertThat(ids(table.list())).containsExactly(2L, 3L, 1L);
  }

  @Test
  void longestTtlDoesNotOverflow() {
    primary(0);
    long late = 300_000_000L * SECOND;
    table.grant(7, LeaseLimits.MAX_TTL_SECONDS, late);
    assertThat(expired(late)).isEmpty();
    assertThat(table.remainingSeconds(7, late)).isPositive();
  }

  private void primary(long nowNanos) {
    table.promote(nowNanos, ELECTION);
  }

  private List<Long> expired(long nowNanos) {
    List<Long> taken = new ArrayList<>();
    table.takeExpired(nowNanos, MANY, MANY, taken::add);
    return taken;
  }

  private List<String> checkpoints(long nowNanos) {
    List<String> taken = new ArrayList<>();
    table.takeCheckpoints(nowNanos, 300, MANY, MANY, (id, left) -> taken.add(id + "=" + left));
    return taken;
  }

  static List<Long> ids(LeaseListing listing) {
    List<Long> ids = new ArrayList<>();
    while (listing.remaining() > 0) {
      ids.add(listing.next());
    }
    return ids;
  }

  private static void fail() {
    throw new AssertionError("no lease ran out");
  }
}
