package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flotilla.base.GroupId;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RatesTest {
  private static final GroupId GROUP = new GroupId(1);

  private final Rates rates = new Rates();

  @Test
  void aSteadyCounterHasItsRateFromTheSecondLookOn() {
    assertThat(rates.note(GROUP, 1_000, 0)).isZero();
    for (int second = 1; second < 100; second++) {
      double rate = rates.note(GROUP, 1_000 + 50L * second, 1_000L * second);
      assertThat(rate).isCloseTo(50, within(1e-9));
    }
  }

  /// However often it is looked at.
  @Test
  void aChangeCountsHalfAfterAHalfLife() {
    rates.note(GROUP, 0, 0);
    rates.note(GROUP, 100, 1_000);
    double rate = 0;
    for (int look = 1; look <= 10; look++) {
      rate = rates.note(GROUP, 100, 1_000 + 3_000L * look);
    }
    assertThat(rate).isCloseTo(50, within(1e-6));
  }

  @Test
  void twoLooksAtOneMomentAreOne() {
    rates.note(GROUP, 0, 0);
    rates.note(GROUP, 100, 1_000);
    assertThat(rates.note(GROUP, 100, 1_000)).isEqualTo(100);
    assertThat(rates.note(GROUP, 200, 2_000)).isCloseTo(100, within(1e-9));
  }

  @Test
  void aCounterThatWentBackBeginsAnew() {
    rates.note(GROUP, 1_000, 0);
    assertThat(rates.note(GROUP, 10, 1_000)).isZero();
    assertThat(rates.note(GROUP, 30, 2_000)).isEqualTo(20);
  }

  @Test
  void whatIsGoneIsForgotten() {
    rates.note(GROUP, 0, 0);
    rates.note(GROUP, 100, 1_000);
    rates.retain(Set.of());
    assertThat(rates.note(GROUP, 200, 2_000)).isZero();
  }
}
