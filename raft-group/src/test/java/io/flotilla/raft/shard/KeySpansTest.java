package io.flotilla.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeySpansTest {
  static LongStream seeds() {
    return Seeds.of(50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void containsWhatSomeAddedIntervalContains(long seed) {
    var random = new Random(seed);
    var spans = new KeySpans();
    var other = new KeySpans();
    Set<Integer> expected = new HashSet<>();
    for (int i = 0; i < 12; i++) {
      int start = random.nextInt(40);
      int end = start + random.nextInt(6) - 1;
      (random.nextBoolean() ? spans : other).add(key(start), key(end));
      for (int k = start; k < end; k++) {
        expected.add(k);
      }
      int single = random.nextInt(40);
      spans.add(key(single));
      expected.add(single);
    }
    spans.addAll(other);
    for (int k = 0; k < 50; k++) {
      assertThat(spans.contains(key(k))).as("key %d", k).isEqualTo(expected.contains(k));
    }
  }

  private static com.google.protobuf.ByteString key(int number) {
    return Requests.bytes("%03d".formatted(number));
  }
}
