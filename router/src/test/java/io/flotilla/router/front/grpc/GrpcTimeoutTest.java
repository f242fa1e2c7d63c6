package io.flotilla.router.front.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GrpcTimeoutTest {
  @Test
  void everyUnitIsRead() {
    assertThat(GrpcTimeout.parseNanos("7n")).isEqualTo(7);
    assertThat(GrpcTimeout.parseNanos("7u")).isEqualTo(7_000);
    assertThat(GrpcTimeout.parseNanos("500m")).isEqualTo(500_000_000);
    assertThat(GrpcTimeout.parseNanos("1S")).isEqualTo(1_000_000_000);
    assertThat(GrpcTimeout.parseNanos("2M")).isEqualTo(120_000_000_000L);
    assertThat(GrpcTimeout.parseNanos("1H")).isEqualTo(3_600_000_000_000L);
    assertThat(GrpcTimeout.parseNanos("99999999H")).isPositive();
    assertThat(GrpcTimeout.parseNanos(null)).isEqualTo(GrpcTimeout.NONE);
  }

  @Test
  void whatIsNoTimeoutIsMalformed() {
    for (String text : List.of("", "S", "1", "1s", "-1S", "1.5S", "123456789S", "1 S")) {
      assertThat(GrpcTimeout.parseNanos(text)).as(text).isEqualTo(GrpcTimeout.MALFORMED);
    }
  }
}
