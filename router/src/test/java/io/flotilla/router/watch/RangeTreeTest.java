package io.flotilla.router.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeTreeTest {
  /// Random ranges over few keys, so that equal starts, equal ends, nesting and unbounded ranges
  /// are all common, against a plain list.
  @Test
  void findsExactlyTheRangesThatContainAKey() {
    long seed = Long.getLong("seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      RangeTree<Integer> tree = new RangeTree<>();
      Map<KeyRange, Integer> model = new HashMap<>();
      for (int step = 0; step < 200; step++) {
        KeyRange range = randomRange(random);
        if (random.nextInt(3) == 0) {
          tree.remove(range);
          model.remove(range);
        } else {
          tree.put(range, step);
          model.put(range, step);
        }
        Key key = randomKey(random);
        List<Integer> found = new ArrayList<>();
        tree.visit(key, found::add);
        List<Integer> expected =
            model.entrySet().stream()
                .filter(entry -> entry.getKey().contains(key))
                .map(Map.Entry::getValue)
                .toList();
        assertThat(found).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(tree.size()).as("seed %d", seed).isEqualTo(model.size());
        assertThat(tree.get(range)).as("seed %d", seed).isEqualTo(model.get(range));
      }
    }
  }

  private static KeyRange randomRange(Random random) {
    Key start = randomKey(random);
    return random.nextInt(5) == 0 ? KeyRange.from(start) : new KeyRange(start, randomKey(random));
  }

  private static Key randomKey(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(2)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(8) * 32);
    }
    return Key.of(bytes);
  }
}
