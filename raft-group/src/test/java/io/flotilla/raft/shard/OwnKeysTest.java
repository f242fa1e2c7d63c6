package io.flotilla.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sets of keys against lists of what they contain.
final class OwnKeysTest {
  static java.util.stream.LongStream seeds() {
    return Seeds.of(30);
  }

  private static Key key(int number) {
    return Key.utf8(number == 0 ? "" : "" + (char) ('a' + number));
  }

  private static KeyRange range(int from, int to) {
    @Nullable Key end = to == 12 ? null : key(to);
    return new KeyRange(key(from), end);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void comeAndGo(long seed) {
    var random = new Random(seed);
    var own = new OwnKeys(List.of());
    boolean[] expected = new boolean[12];
    for (int i = 0; i < 60; i++) {
      int from = random.nextInt(12);
      int to = from + random.nextInt(13 - from);
      boolean comes = random.nextBoolean();
      own = comes ? own.plus(range(from, to)) : own.minus(range(from, to));
      for (int k = from; k < to; k++) {
        expected[k] = comes;
      }
      check(own, expected, random);
    }
    assertThat(own.plus(KeyRange.ALL)).isEqualTo(OwnKeys.ALL);
    assertThat(own.minus(KeyRange.ALL).ranges()).isEmpty();
  }

  private static void check(OwnKeys own, boolean[] expected, Random random) {
    for (int k = 1; k < 12; k++) {
      assertThat(own.contains(key(k))).isEqualTo(expected[k]);
    }
    int from = random.nextInt(12);
    int to = from + random.nextInt(13 - from);
    boolean all = true;
    for (int k = from; k < to; k++) {
      all &= expected[k];
    }
    assertThat(own.contains(range(from, to))).isEqualTo(all);
    for (int i = 1; i < own.ranges().size(); i++) {
      Key end = own.ranges().get(i - 1).end();
      assertThat(end).as("apart from each other").isLessThan(own.ranges().get(i).start());
    }
  }
}
