package io.flotilla.storage.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ChainTest {
  /// The construction as Myers gives it: each new element looks at two jumps of its predecessor.
  @Test
  void jumpLengthIsThatOfMyersConstruction() {
    int size = 20_000;
    int[] jump = new int[size + 1];
    for (int depth = 1; depth <= size; depth++) {
      int prev = depth - 1;
      boolean merge = prev - jump[prev] == jump[prev] - jump[jump[prev]];
      jump[depth] = merge ? jump[jump[prev]] : prev;
      long target = depth - Chain.jumpLength(depth);
      assertThat(target).as("jump of depth %d", depth).isEqualTo(jump[depth]);
    }
  }

  @Test
  void jumpOfTheFirstDepthsIsAsDrawn() {
    long[] targets = {0, 1, 0, 3, 4, 3, 0, 7, 8, 7, 10, 11, 10, 7, 0, 15, 16};
    for (int depth = 1; depth <= targets.length; depth++) {
      long target = depth - Chain.jumpLength(depth);
      assertThat(target).as("jump of depth %d", depth).isEqualTo(targets[depth - 1]);
    }
  }

  /// A jump never points into the middle of another jump's span: spans are nested or disjoint.
  @Test
  void jumpOfJumpIsWhatTwoEqualTreesMergeOver() {
    for (long depth = 2; depth <= 50_000; depth++) {
      long length = Chain.jumpLength(depth);
      if (length > 1) {
        long first = depth - 1;
        long second = first - Chain.jumpLength(first);
        assertThat(Chain.jumpLength(first)).isEqualTo(length / 2);
        assertThat(Chain.jumpLength(second)).isEqualTo(length / 2);
        assertThat(second - Chain.jumpLength(second)).isEqualTo(depth - length);
      }
    }
  }

  @Test
  void everySearchStaysWithinTheBound() {
    int worst = 0;
    for (int from = 1; from <= 700; from++) {
      for (int target = 0; target < from; target++) {
        int steps = stepsTo(from, target);
        assertThat(steps).isLessThanOrEqualTo(Chain.maxSteps(from));
        worst = Math.max(worst, steps);
      }
    }
    assertThat(worst).as("the bound is not idle").isGreaterThan(Chain.maxSteps(700) / 2);
  }

  @Test
  void searchInAVeryLongChainStaysWithinTheBound() {
    long[] depths = {1_000_000, (1L << 40) - 2, (1L << 40) - 1, 1L << 40, (1L << 62) + 12_345};
    for (long from : depths) {
      for (long target = 1; target < from / 3; target = 3 * target + 1) {
        assertThat(stepsTo(from, from - target)).isLessThanOrEqualTo(Chain.maxSteps(from));
        assertThat(stepsTo(from, target)).isLessThanOrEqualTo(Chain.maxSteps(from));
      }
    }
  }

  /// Records opened from depth `from` until the pointer taken is at or below `target`.
  private static int stepsTo(long from, long target) {
    int steps = 0;
    long depth = from;
    while (depth > target) {
      long jump = depth - Chain.jumpLength(depth);
      depth = jump > target ? jump : depth - 1;
      steps++;
    }
    assertThat(depth).isEqualTo(target);
    return steps;
  }
}
