package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PageBitmapTest {
  static LongStream seeds() {
    return Seeds.of(20);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesAsABitSet(long seed) {
    Random random = Seeds.random(seed);
    int bound = 1 << 6 + random.nextInt(10);
    var bitmap = new PageBitmap();
    var model = new BitSet();
    for (int step = 0; step < 3000; step++) {
      int page = random.nextInt(bound);
      int count = 1 + random.nextInt(Math.min(bound, 200));
      if (random.nextBoolean()) {
        bitmap.add(page, count);
        model.set(page, page + count);
      } else {
        bitmap.remove(page, count);
        model.clear(page, page + count);
      }
      int probe = random.nextInt(bound * 2);
      assertThat(bitmap.size()).isEqualTo(model.cardinality());
      assertThat(bitmap.contains(probe)).isEqualTo(model.get(probe));
      assertThat(bitmap.first()).isEqualTo(model.nextSetBit(0));
      assertThat(bitmap.last()).isEqualTo(model.length() - 1);
      assertThat(bitmap.next(probe)).isEqualTo(model.nextSetBit(probe));
      assertThat(bitmap.nextAbsent(probe)).isEqualTo(model.nextClearBit(probe));
      assertThat(bitmap.findRun(count, probe, bound)).isEqualTo(run(model, count, probe));
      checkAbsent(bitmap, model, probe);
    }
  }

  private static int run(BitSet model, int count, int from) {
    int start = model.nextSetBit(from);
    while (start >= 0 && model.nextClearBit(start) - start < count) {
      start = model.nextSetBit(model.nextClearBit(start));
    }
    return start;
  }

  private static void checkAbsent(PageBitmap bitmap, BitSet model, int limit) {
    BitSet absent = BitSet.valueOf(bitmap.absentBelow(limit));
    BitSet expected = new BitSet();
    expected.set(0, limit);
    expected.andNot(model);
    assertThat(absent).isEqualTo(expected);
  }
}
