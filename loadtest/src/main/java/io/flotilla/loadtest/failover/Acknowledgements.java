package io.flotilla.loadtest.failover;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// When writes were acknowledged, in order, and how long nothing was.
final class Acknowledgements {
  private final long[] sortedNanos;

  private Acknowledgements(LongStream nanos) {
    this.sortedNanos = nanos.sorted().toArray();
  }

  static Acknowledgements of(List<WriteLog> logs) {
    return new Acknowledgements(logs.stream().flatMapToLong(Acknowledgements::times));
  }

  static Acknowledgements of(WriteLog log) {
    return new Acknowledgements(times(log));
  }

  /// The longest time between two acknowledgements of which some part lies in `[from, to)`. Before
  /// the first and after the last one it counts from `from` and up to `to`.
  long longestGapNanos(long from, long to) {
    int after = indexAfter(from);
    long last = after == 0 ? from : sortedNanos[after - 1];
    long longest = 0;
    for (int i = after; i < sortedNanos.length && last < to; i++) {
      longest = Math.max(longest, sortedNanos[i] - last);
      last = sortedNanos[i];
    }
    return Math.max(longest, to - last);
  }

  /// Index of the first one later than `nanos`.
  private int indexAfter(long nanos) {
    int found = Arrays.binarySearch(sortedNanos, nanos);
    int index = found >= 0 ? found + 1 : -found - 1;
    while (index < sortedNanos.length && sortedNanos[index] <= nanos) {
      index++;
    }
    return index;
  }

  private static LongStream times(WriteLog log) {
    return IntStream.range(0, log.count()).filter(log::isAcknowledged).mapToLong(log::doneNanos);
  }
}
