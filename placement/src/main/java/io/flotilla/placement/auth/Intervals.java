package io.flotilla.placement.auth;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A set of keys as disjoint intervals, ascending, with a gap between any two. Immutable.
final class Intervals {
  private final List<KeyRange> merged;

  private Intervals(List<KeyRange> merged) {
    this.merged = List.copyOf(merged);
  }

  /// All keys of all ranges; empty ranges have none.
  static Intervals union(List<KeyRange> ranges) {
    List<KeyRange> sorted =
        ranges.stream()
            .filter(range -> !range.isEmpty())
            .sorted(Comparator.comparing(KeyRange::start))
            .toList();
    List<KeyRange> merged = new ArrayList<>();
    for (KeyRange next : sorted) {
      KeyRange last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && reaches(last.end(), next.start())) {
        merged.set(merged.size() - 1, new KeyRange(last.start(), later(last.end(), next.end())));
      } else {
        merged.add(next);
      }
    }
    return new Intervals(merged);
  }

  /// Whether nothing lies between an interval's end and the start of the next.
  private static boolean reaches(@Nullable Key end, Key start) {
    return end == null || end.compareTo(start) >= 0;
  }

  private static @Nullable Key later(@Nullable Key one, @Nullable Key other) {
    if (one == null || other == null) {
      return null;
    }
    return one.compareTo(other) >= 0 ? one : other;
  }

  /// Whether every key of a range is in the set; of an empty range, its start.
  boolean cover(KeyRange range) {
    KeyRange asked = range.isEmpty() ? KeyRange.single(range.start()) : range;
    int low = 0;
    int high = merged.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (merged.get(middle).start().compareTo(asked.start()) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high >= 0 && merged.get(high).contains(asked);
  }
}
