package io.flotilla.placement.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.placement.testing.Seeds;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlineHeapTest {
  private static final int SLOTS = 200;

  @Test
  void firstIsAlwaysTheEarliestUnderAnyMixOfChanges() {
    Seeds.forEach(
        random -> {
          var heap = new DeadlineHeap();
          Map<Integer, Long> model = new HashMap<>();
          for (int step = 0; step < 3000; step++) {
            change(heap, model, random);
            assertThat(heap.size()).isEqualTo(model.size());
            if (!model.isEmpty()) {
              long least = model.values().stream().min(Long::compare).orElseThrow();
              assertThat(heap.firstTime()).isEqualTo(least);
              assertThat(model.get(heap.first())).isEqualTo(least);
            }
          }
        });
  }

  private static void change(DeadlineHeap heap, Map<Integer, Long> model, Random random) {
    int slot = random.nextInt(SLOTS);
    long time = random.nextLong(1000);
    if (!model.containsKey(slot)) {
      heap.add(slot, time);
      model.put(slot, time);
      return;
    }
    int free = random.nextInt(SLOTS);
    switch (random.nextInt(3)) {
      case 0 -> {
        heap.change(slot, time);
        model.put(slot, time);
      }
      case 1 -> {
        heap.remove(slot);
        model.remove(slot);
      }
      default -> {
        if (!model.containsKey(free)) {
          heap.rename(slot, free);
          model.put(free, model.remove(slot));
        }
      }
    }
  }

  @Test
  void slotIsQueuedOnce() {
    var heap = new DeadlineHeap();
    heap.add(3, 10);
    assertThatThrownBy(() -> heap.add(3, 11)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void emptyHeapHasNoFirst() {
    assertThatThrownBy(() -> new DeadlineHeap().first()).isInstanceOf(InvariantViolation.class);
  }
}
