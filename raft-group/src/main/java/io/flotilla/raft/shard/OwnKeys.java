package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys that a group serves.
///
/// @param ranges ascending, apart from each other
public record OwnKeys(List<KeyRange> ranges) {
  /// Every key.
  public static final OwnKeys ALL = new OwnKeys(List.of(KeyRange.ALL));

  public OwnKeys {
    ranges = List.copyOf(ranges);
  }

  public boolean contains(Key key) {
    for (KeyRange range : ranges) {
      if (range.contains(key)) {
        return true;
      }
    }
    return false;
  }

  /// Whether every key of an interval is one of them. So it is with those of an empty one.
  public boolean contains(KeyRange span) {
    if (span.isEmpty()) {
      return true;
    }
    Key from = span.start();
    for (KeyRange range : ranges) {
      Key end = range.end();
      if (range.contains(from)) {
        if (end == null || span.end() != null && span.end().compareTo(end) <= 0) {
          return true;
        }
        from = end;
      }
    }
    return false;
  }

  /// These keys and those of a range; neighbours become one range.
  public OwnKeys plus(KeyRange range) {
    List<KeyRange> all = new ArrayList<>(minus(range).ranges);
    if (!range.isEmpty()) {
      all.add(range);
    }
    all.sort(Comparator.comparing(KeyRange::start));
    return new OwnKeys(all).joined();
  }

  /// The same keys without borders between ranges that meet: equal for equal keys.
  public OwnKeys joined() {
    List<KeyRange> joined = new ArrayList<>(ranges.size());
    for (KeyRange next : ranges) {
      KeyRange last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && next.start().equals(last.end())) {
        joined.set(joined.size() - 1, new KeyRange(last.start(), next.end()));
      } else {
        joined.add(next);
      }
    }
    return new OwnKeys(joined);
  }

  /// These keys without those of a range.
  public OwnKeys minus(KeyRange range) {
    if (range.isEmpty()) {
      return this;
    }
    List<KeyRange> left = new ArrayList<>();
    for (KeyRange own : ranges) {
      add(left, new KeyRange(own.start(), earlier(own.end(), range.start())));
      Key end = range.end();
      if (end != null) {
        add(left, new KeyRange(later(own.start(), end), own.end()));
      }
    }
    return new OwnKeys(left);
  }

  private static void add(List<KeyRange> ranges, KeyRange range) {
    if (!range.isEmpty()) {
      ranges.add(range);
    }
  }

  /// The parts of an interval that are among them, ascending; none is empty.
  public List<KeyRange> clip(KeyRange span) {
    List<KeyRange> parts = new ArrayList<>(1);
    for (KeyRange range : ranges) {
      var part = new KeyRange(later(span.start(), range.start()), earlier(span.end(), range.end()));
      if (!part.isEmpty()) {
        parts.add(part);
      }
    }
    return parts;
  }

  private static Key later(Key a, Key b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  /// The lower end; null is unbounded.
  private static @Nullable Key earlier(@Nullable Key a, @Nullable Key b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.compareTo(b) <= 0 ? a : b;
  }
}
