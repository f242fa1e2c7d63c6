package io.flotilla.storage.mvcc;

import io.flotilla.base.Invariants;

/// The rule by which the records of one key are linked, so that any of them is found in a number
/// of steps that is logarithmic in how often the key was changed.
final class Chain {
  /*
   * The records of a key form a chain, oldest first, numbered by depth from 1. Each record points
   * to the one before it (prev, depth d - 1) and to one further back (jump). The jump follows the
   * skew-binary number system (E. Myers, "An applicative random-access stack", 1983):
   *
   *   Every d is a sum of weights 2^k - 1, taken greedily from the largest; only the smallest
   *   weight used may occur twice. jumpLength(d) is that smallest weight. The record at depth d
   *   jumps to depth d - jumpLength(d), where depth 0 is "nothing".
   *
   * Read the sum as a forest: one complete binary tree per weight, whose root is the newest record
   * of its part of the chain. A new record either stands alone (weight 1, jumps to its predecessor)
   * or, when the two newest trees have the same weight w, becomes the root over both (weight
   * 2w + 1). In that case its prev is the root of the first tree, whose jump is the root of the
   * second, whose jump leads behind both. So the new jump is "jump of the jump of prev", which the
   * key's index entry keeps at hand as `leap`:
   *
   *   jumpLength(d) = 1:  jump = prev        leap = jump of prev
   *   otherwise:          jump = leap        leap = jump of the record at leap
   *
   * Search for the newest record at or below revision r, from a record above r: take the jump if
   * it still points above r, else prev; stop when the pointer taken is at or below r. Pointers are
   * revisions, so the comparison needs no look at the record behind them.
   *
   * Bound. Let n be the depth of the first record and L = floor(log2(n + 1)), the number of
   * different weights up to n. While jumps lead from tree to tree, each tree is passed once: at
   * most L + 1 steps, since at most one weight occurs twice. Once the jump of a root overshoots,
   * the answer is just behind a record of that tree: prev goes to the root of its first half, from
   * where one jump may lead to the root of the second half. That is at most two steps for each of
   * at most L levels. Together at most 3L + 1 steps, and one more for the last pointer.
   *
   * Compaction. Reads below the compaction revision C are refused, so r >= C, and the search only
   * opens records above r, hence above C; compaction never removes those. A pointer at or below C
   * is compared but never opened, with one exception: the last prev, whose absence means that the
   * key did not exist at r. So a jump may point to a record that is gone, and a new pointer that
   * would have to be read out of a record at or below C may as well be "nothing": the pointer that
   * stood there is lower still, and no search will ever follow it. Depths count on as if nothing
   * had been removed, so the shape above C, and with it the bound, stays what it was.
   */

  /// The main revision of a pointer to nothing. No mutation has it.
  static final long NONE = 0;

  private Chain() {}

  /// How many records the jump of the record at `depth` (from 1) goes back.
  static long jumpLength(long depth) {
    Invariants.checkAtMost(1, depth, "depths count from 1");
    long rest = depth;
    long weight = 0;
    while (rest > 0) {
      weight = largestWeight(rest);
      rest -= weight;
      if (rest == weight) {
        break; // the smallest weight, used twice
      }
    }
    return weight;
  }

  /// The most records that a search opens when it starts at `depth`.
  static int maxSteps(long depth) {
    return 3 * (Long.SIZE - Long.numberOfLeadingZeros(depth + 1) - 1) + 2;
  }

  /// The largest 2^k - 1 that is at most `value`.
  private static long largestWeight(long value) {
    return value == Long.MAX_VALUE ? value : Long.highestOneBit(value + 1) - 1;
  }
}
