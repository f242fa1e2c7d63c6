package io.flotilla.placement.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.testing.NoLeaseStore;
import org.junit.jupiter.api.Test;

/// Three hundred thousand live leases, each renewed every third of its TTL.
class LeaseTableScaleTest {
  private static final int LEASES = 300_000;
  private static final long TTL_SECONDS = 30;
  private static final long SECOND = 1_000_000_000L;

  @Test
  void manyRenewedLeasesStaySmallAndNoneExpires() {
    LeaseTable table = table();
    long queueTurns = 0;
    long started = System.nanoTime();
    for (long now = 1; now <= 2 * TTL_SECONDS; now++) {
      for (int id = 1; id <= LEASES; id++) {
        if (id % 10 == now % 10) {
          var renewed = table.renew(scatter(id), now * SECOND);
          assertThat(renewed instanceof Renewal.Renewed).isTrue();
        }
      }
      while (table.takeExpired(now * SECOND, 500, 4096, id -> unexpected(id))) {
        queueTurns++;
      }
    }
    long nanosPerRenewal = (System.nanoTime() - started) / (6L * LEASES);
    System.out.println(
        "leases="
            + LEASES
            + " bytesPerLease="
            + table.bytes() / LEASES
            + " nanosPerRenewalWithExpiry="
            + nanosPerRenewal);
    assertThat(table.bytes() / LEASES).isLessThanOrEqualTo(LeaseTable.MAX_BYTES_PER_LEASE);
    assertThat(queueTurns)
        .as("the queue turns each lease over about once per TTL")
        .isLessThan(3L * LEASES / 4096);
  }

  @Test
  void memoryIsGivenBackWhenLeasesAreGone() {
    LeaseTable table = table();
    long full = table.bytes();
    for (int id = 1; id <= LEASES; id++) {
      assertThat(table.revoke(scatter(id))).isTrue();
    }
    assertThat(table.bytes()).isLessThan(full / 1000);
    assertThat(table.size()).isZero();
  }

  /// The worst moment for memory is right after the arrays doubled.
  @Test
  void memoryPerLeaseIsBoundedRightAfterGrowth() {
    LeaseTable table = LeaseTable.restore(new NoLeaseStore(), 0);
    table.promote(0, SECOND);
    for (int id = 1; id <= (1 << 18) + 1; id++) {
      table.grant(scatter(id), TTL_SECONDS, 0);
    }
    assertThat(table.bytes() / table.size()).isLessThanOrEqualTo(LeaseTable.MAX_BYTES_PER_LEASE);
  }

  private static LeaseTable table() {
    LeaseTable table = LeaseTable.restore(new NoLeaseStore(), 0);
    table.promote(0, SECOND);
    for (int id = 1; id <= LEASES; id++) {
      table.grant(scatter(id), TTL_SECONDS, 0);
    }
    return table;
  }

  private static long scatter(int id) {
    return id * 0x9e3779b97f4a7c15L;
  }

  private static void unexpected(long id) {
    throw new AssertionError("renewed lease expired: " + id);
  }
}
