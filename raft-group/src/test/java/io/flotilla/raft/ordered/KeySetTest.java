package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.raft.shard.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeySetTest {
  static LongStream seeds() {
    return Seeds.of(50);
  }

  private static KeyRange any(Random random) {
    Key start = Key.of(new byte[] {(byte) random.nextInt(12)});
    return switch (random.nextInt(6)) {
      case 0 -> KeyRange.single(start);
      case 1 -> random.nextInt(6) == 0 ? KeyRange.from(start) : KeyRange.single(start);
      default -> new KeyRange(start, Key.of(new byte[] {(byte) random.nextInt(12)}));
    };
  }

  private static boolean meet(KeyRange a, KeyRange b) {
    boolean aFirst = b.end() == null || a.start().compareTo(b.end()) < 0;
    boolean bFirst = a.end() == null || b.start().compareTo(a.end()) < 0;
    return !a.isEmpty() && !b.isEmpty() && aFirst && bFirst;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void setMeetsWhatAnyOfItsRangesMeets(long seed) {
    var random = new Random(seed);
    var set = new KeySet();
    List<KeyRange> added = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      KeyRange next = any(random);
      set.add(next);
      added.add(next);
      for (int j = 0; j < 20; j++) {
        KeyRange asked = any(random);
        boolean expected = added.stream().anyMatch(range -> meet(range, asked));
        assertThat(set.meets(asked)).as("%s in %s", asked, added).isEqualTo(expected);
      }
      List<KeyRange> intervals = set.intervals();
      for (int j = 1; j < intervals.size(); j++) {
        assertThat(intervals.get(j - 1).end()).isLessThan(intervals.get(j).start());
      }
    }
  }
}
