package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CopyRateTest {
  private static final long SECOND = 1_000_000_000L;

  private final CopyRate rate = new CopyRate(1_000);

  @Test
  void theFirstCopyDoesNotWait() {
    assertThat(rate.take(5_000, -7)).isZero();
  }

  @Test
  void eachCopyWaitsUntilThoseBeforeItHaveHadTheirTime() {
    rate.take(500, 0);
    assertThat(rate.take(1_000, 0)).isEqualTo(SECOND / 2);
    assertThat(rate.take(1, SECOND)).isEqualTo(SECOND / 2);
  }

  @Test
  void whatWasNotUsedIsNotSavedUp() {
    rate.take(1_000, 0);
    assertThat(rate.take(1_000, 100 * SECOND)).isZero();
    assertThat(rate.take(1_000, 100 * SECOND)).isEqualTo(SECOND);
  }

  @Test
  void inTheLongRunTheRateIsKept() {
    long now = 0;
    long bytes = 0;
    for (int i = 1; i <= 1_000; i++) {
      now += rate.take(i % 70, now);
      bytes += i % 70;
    }
    assertThat(now).isBetween((bytes - 70) * (SECOND / 1_000), bytes * (SECOND / 1_000));
  }
}
