package io.flotilla.raft.ordered;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A set of keys as disjoint intervals, so that asking costs the same however many were added.
final class KeySet {
  private static final Comparator<@Nullable Key> ENDS =
      Comparator.nullsLast(Comparator.naturalOrder());

  // by start; no end is unbounded
  private final TreeMap<Key, KeyRange> intervals = new TreeMap<>();

  KeySet() {}

  KeySet(List<KeyRange> ranges) {
    ranges.forEach(this::add);
  }

  /// Adds an interval; nothing when it is empty.
  void add(KeyRange range) {
    if (range.isEmpty()) {
      return;
    }
    KeyRange merged = range;
    KeyRange other = touching(merged);
    while (other != null) {
      intervals.remove(other.start());
      merged = union(merged, other);
      other = touching(merged);
    }
    intervals.put(merged.start(), merged);
  }

  /// An interval that overlaps or adjoins another one.
  private @Nullable KeyRange touching(KeyRange range) {
    Map.Entry<Key, KeyRange> below =
        range.end() == null ? intervals.lastEntry() : intervals.floorEntry(range.end());
    boolean meets = below != null && ENDS.compare(range.start(), below.getValue().end()) <= 0;
    return meets ? below.getValue() : null;
  }

  private static KeyRange union(KeyRange a, KeyRange b) {
    Key start = a.start().compareTo(b.start()) <= 0 ? a.start() : b.start();
    return new KeyRange(start, ENDS.compare(a.end(), b.end()) >= 0 ? a.end() : b.end());
  }

  /// Whether an interval has one of the keys.
  boolean meets(KeyRange range) {
    if (range.isEmpty()) {
      return false;
    }
    Map.Entry<Key, KeyRange> below =
        range.end() == null ? intervals.lastEntry() : intervals.lowerEntry(range.end());
    return below != null && ENDS.compare(range.start(), below.getValue().end()) < 0;
  }

  boolean meets(KeySet other) {
    return other.intervals.values().stream().anyMatch(this::meets);
  }

  /// The disjoint intervals, ascending.
  List<KeyRange> intervals() {
    return new ArrayList<>(intervals.values());
  }
}
