package io.flotilla.placement.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseLimitsTest {
  /// One and a half elections in whole heartbeats, up to the next second: contract 2.9.
  @ParameterizedTest
  @CsvSource({"1000,100,2", "1000,300,2", "500,100,1", "2000,100,3", "5000,500,8", "50,10,1"})
  void electionTimingSetsTheMinimum(long electionMillis, long heartbeatMillis, long seconds) {
    var limits = LeaseLimits.ofElection(electionMillis, heartbeatMillis);
    assertThat(limits.minTtlSeconds()).isEqualTo(seconds);
  }

  @ParameterizedTest
  @CsvSource({"-5,2", "0,2", "1,2", "2,2", "3,3", "9000000000,9000000000"})
  void shortTtlIsRaisedToTheMinimum(long asked, long granted) {
    assertThat(new LeaseLimits(2).effectiveTtlSeconds(asked)).isEqualTo(granted);
  }

  @Test
  void ttlAboveTheMaximumIsTooLarge() {
    assertThat(LeaseLimits.tooLarge(9_000_000_000L)).isFalse();
    assertThat(LeaseLimits.tooLarge(9_000_000_001L)).isTrue();
    assertThatThrownBy(() -> new LeaseLimits(2).effectiveTtlSeconds(9_000_000_001L))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
