package io.flotilla.storage.mvcc;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.List;

/// Whether a user key that lies in a buffer is in one of some ranges.
final class KeyFilter {
  private final List<KeyRange> ranges;
  private final boolean all;

  KeyFilter(List<KeyRange> ranges) {
    this.ranges = List.copyOf(ranges);
    this.all = ranges.stream().anyMatch(r -> r.start().isEmpty() && r.end() == null);
  }

  /// Whether every key passes.
  boolean passesAll() {
    return all;
  }

  /// Whether the key in the first `length` bytes passes.
  boolean contains(byte[] key, int length) {
    if (all) {
      return true;
    }
    for (KeyRange range : ranges) {
      Key end = range.end();
      if (Bytes.compare(key, length, range.start().bytes()) >= 0
          && (end == null || Bytes.compare(key, length, end.bytes()) < 0)) {
        return true;
      }
    }
    return false;
  }
}
