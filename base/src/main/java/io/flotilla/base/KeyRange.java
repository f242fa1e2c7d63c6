package io.flotilla.base;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A half-open interval of keys `[start, end)`; no `end` means every key from `start` on.
///
/// @param start inclusive; the empty key stands for the very beginning
/// @param end exclusive; null is unbounded; an end at or below the start makes the range empty
public record KeyRange(Key start, @Nullable Key end) {
  private static final byte[] FROM_KEY = {0};

  public static final KeyRange ALL = new KeyRange(Key.of(new byte[0]), null);

  /// Exactly one key.
  public static KeyRange single(Key key) {
    return new KeyRange(key, key.successor());
  }

  public static KeyRange from(Key start) {
    return new KeyRange(start, null);
  }

  /// Every key that begins with `prefix`.
  public static KeyRange prefix(Key prefix) {
    byte[] bytes = prefix.bytes();
    int last = bytes.length - 1;
    while (last >= 0 && bytes[last] == (byte) 0xff) {
      last--;
    }
    if (last < 0) {
      return from(prefix);
    }
    byte[] end = Arrays.copyOf(bytes, last + 1);
    end[last]++;
    return new KeyRange(prefix, Key.of(end));
  }

  /// The interval that etcd's pair `key`, `range_end` means: no `range_end` is the single key, one
  /// zero byte is everything from `key` on.
  public static KeyRange ofEtcd(byte[] key, byte[] rangeEnd) {
    Key start = Key.of(key);
    if (rangeEnd.length == 0) {
      return single(start);
    }
    if (Arrays.equals(rangeEnd, FROM_KEY)) {
      return from(start);
    }
    return new KeyRange(start, Key.of(rangeEnd));
  }

  public boolean isEmpty() {
    return end != null && start.compareTo(end) >= 0;
  }

  /// Whether this is the range of exactly one key.
  public boolean isSingle() {
    if (end == null || end.length() != start.length() + 1) {
      return false;
    }
    byte[] upper = end.bytes();
    return upper[upper.length - 1] == 0
        && Arrays.equals(start.bytes(), 0, start.length(), upper, 0, start.length());
  }

  public boolean contains(Key key) {
    return start.compareTo(key) <= 0 && (end == null || key.compareTo(end) < 0);
  }

  /// Whether every key of `other` is in this range. An empty range is in every range.
  public boolean contains(KeyRange other) {
    if (other.isEmpty()) {
      return true;
    }
    if (start.compareTo(other.start) > 0) {
      return false;
    }
    return end == null || (other.end != null && other.end.compareTo(end) <= 0);
  }

  /// The smallest range that has every key of both and of what lies between; neither is empty.
  public KeyRange hull(KeyRange other) {
    Key first = start.compareTo(other.start) <= 0 ? start : other.start;
    if (end == null || other.end == null) {
      return new KeyRange(first, null);
    }
    return new KeyRange(first, end.compareTo(other.end) >= 0 ? end : other.end);
  }

  @Override
  public String toString() {
    return "[" + start + ", " + (end == null ? "inf" : end) + ")";
  }
}
