package io.flotilla.placement.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.testing.Seeds;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LeaseIndexTest {
  private static final int IDS = 400;

  /// Dense slots as the table keeps them: the last id fills the hole of a removed one.
  @Test
  void findsExactlyTheIdsThatArePresent() {
    Seeds.forEach(
        random -> {
          var index = new LeaseIndex();
          long[] ids = new long[IDS];
          Map<Long, Integer> model = new HashMap<>();
          for (int step = 0; step < 4000; step++) {
            boolean growing = step / 1000 % 2 == 0;
            if (random.nextInt(10) < (growing ? 7 : 3)) {
              add(index, ids, model, random);
            } else {
              remove(index, ids, model, random);
            }
          }
          for (long id = -IDS; id < IDS; id++) {
            int expected = model.getOrDefault(id, LeaseIndex.ABSENT);
            assertThat(index.find(id, ids)).isEqualTo(expected);
          }
        });
  }

  private static void add(LeaseIndex index, long[] ids, Map<Long, Integer> model, Random random) {
    long id = random.nextInt(-IDS / 2, IDS / 2);
    int slot = model.size();
    if (model.putIfAbsent(id, slot) == null) {
      ids[slot] = id;
      index.add(slot, ids);
    }
  }

  private static void remove(
      LeaseIndex index, long[] ids, Map<Long, Integer> model, Random random) {
    Integer slot = model.remove((long) random.nextInt(-IDS / 2, IDS / 2));
    if (slot == null) {
      return;
    }
    index.remove(slot, ids);
    int last = model.size();
    if (slot != last) {
      index.move(last, slot, ids);
      ids[slot] = ids[last];
      model.put(ids[slot], slot);
    }
  }

  @Test
  void shrinksWhenMostIdsAreGone() {
    var index = new LeaseIndex();
    long[] ids = new long[IDS];
    for (int slot = 0; slot < IDS; slot++) {
      ids[slot] = slot + 1;
      index.add(slot, ids);
    }
    long full = index.bytes();
    for (int slot = IDS - 1; slot >= 0; slot--) {
      index.remove(slot, ids);
    }
    assertThat(index.bytes()).isLessThan(full / 8);
  }
}
