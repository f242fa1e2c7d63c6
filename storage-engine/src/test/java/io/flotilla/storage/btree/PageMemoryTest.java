package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.storage.page.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PageMemoryTest {
  private static final int PAGE = 4096;

  static LongStream seeds() {
    return Seeds.of(5);
  }

  private record Block(long address, int pages, long stamp) {
    long last() {
      return address + (long) pages * PAGE - Long.BYTES;
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void blocksInUseDoNotOverlap(long seed) {
    Random random = Seeds.random(seed);
    try (var memory = new PageMemory(PAGE)) {
      List<Block> blocks = new ArrayList<>();
      for (int step = 0; step < 5000; step++) {
        boolean grows = step / 1000 % 2 == 0;
        if (blocks.isEmpty() || random.nextInt(10) < (grows ? 7 : 3)) {
          int pages = random.nextInt(5) > 0 ? 1 : 1 + random.nextInt(100);
          var block = new Block(memory.allocate(pages), pages, step);
          Memory.putLong(block.address(), step);
          Memory.putLong(block.last(), step);
          blocks.add(block);
        } else {
          Block block = blocks.remove(random.nextInt(blocks.size()));
          assertThat(Memory.getLong(block.address())).isEqualTo(block.stamp());
          assertThat(Memory.getLong(block.last())).isEqualTo(block.stamp());
          memory.release(block.address(), block.pages());
        }
        if (step % 100 == 0) {
          memory.trim();
        }
      }
      for (Block block : blocks) {
        assertThat(Memory.getLong(block.address())).isEqualTo(block.stamp());
        memory.release(block.address(), block.pages());
      }
    }
  }

  @Test
  void aBlockGoesBackOnceAndWithItsSize() {
    try (var memory = new PageMemory(PAGE)) {
      long one = memory.allocate(1);
      long two = memory.allocate(2);
      assertThatThrownBy(() -> memory.release(one, 2)).isInstanceOf(InvariantViolation.class);
      memory.allocate(1);
      memory.release(one, 1);
      assertThatThrownBy(() -> memory.release(one, 1)).isInstanceOf(InvariantViolation.class);
      memory.release(two, 2);
    }
  }
}
