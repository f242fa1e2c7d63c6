package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EpochHoldsTest {
  private final Set<Long> reclaimed = new HashSet<>();
  private final EpochHolds holds =
      new EpochHolds((item, _) -> assertThat(reclaimed.add(item)).isTrue());

  static LongStream seeds() {
    return Seeds.of(20);
  }

  @Test
  void whatNoHeldStateSeesComesBackAtOnce() {
    var early = holds.hold(5);
    holds.hold(9);
    holds.retire(1, 1, 6, 9); // made after 5, dropped before the state of 9 was frozen
    assertThat(reclaimed).containsExactly(1L);
    holds.retire(2, 1, 5, 6); // the state frozen at the end of 5 has it
    assertThat(reclaimed).doesNotContain(2L);
    holds.release(early);
    assertThat(reclaimed).contains(2L);
  }

  @Test
  void aThingSeenByTwoStatesWaitsForBoth() {
    var first = holds.hold(3);
    var second = holds.hold(4);
    holds.retire(7, 2, 1, 5);
    assertThat(holds.parkedLimit(0)).isEqualTo(9);
    holds.release(second);
    assertThat(reclaimed).isEmpty();
    holds.release(first);
    assertThat(reclaimed).containsExactly(7L);
    assertThat(holds.parkedLimit(0)).isZero();
  }

  /// Against the rule itself: an item is back exactly when no held epoch lies in its life.
  @ParameterizedTest
  @MethodSource("seeds")
  void reclaimsExactlyWhatNobodySees(long seed) {
    Random random = Seeds.random(seed);
    Map<Long, long[]> lives = new HashMap<>();
    List<EpochHolds.Hold> held = new ArrayList<>();
    long epoch = 1;
    for (int step = 0; step < 500; step++) {
      int choice = random.nextInt(10);
      if (choice < 2) {
        held.add(holds.hold(epoch++));
      } else if (choice < 4 && !held.isEmpty()) {
        holds.release(held.remove(random.nextInt(held.size())));
      } else {
        long birth = Math.max(1, epoch - random.nextInt(6));
        lives.put((long) step, new long[] {birth, epoch});
        holds.retire(step, 1, birth, epoch);
      }
      for (var life : lives.entrySet()) {
        long birth = life.getValue()[0];
        long end = life.getValue()[1];
        boolean seen = held.stream().anyMatch(h -> birth <= h.epoch && h.epoch < end);
        if (seen) {
          assertThat(reclaimed).doesNotContain(life.getKey());
        } else {
          assertThat(reclaimed).contains(life.getKey());
        }
      }
      lives.keySet().removeIf(reclaimed::contains);
    }
    assertThat(reclaimed).isNotEmpty();
  }
}
