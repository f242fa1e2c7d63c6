package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
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
    for (KeyRange range : ranges) {
      if (range.contains(span)) {
        return true;
      }
    }
    return false;
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
