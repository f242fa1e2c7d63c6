package io.flotilla.raft.handover;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.KeyInterval;

/// Between ranges of keys and their form in messages.
public final class Intervals {
  private Intervals() {}

  public static KeyInterval of(KeyRange range) {
    var interval = KeyInterval.newBuilder().setStart(wrap(range.start()));
    Key end = range.end();
    if (end != null) {
      interval.setEnd(wrap(end));
    }
    return interval.build();
  }

  public static KeyRange of(KeyInterval interval) {
    Key start = Key.of(interval.getStart().toByteArray());
    return new KeyRange(start, interval.hasEnd() ? Key.of(interval.getEnd().toByteArray()) : null);
  }

  /// Whether two ranges have a key in common.
  static boolean overlap(KeyRange one, KeyRange other) {
    return !one.isEmpty() && !other.isEmpty() && reaches(one, other) && reaches(other, one);
  }

  /// Whether `range` begins below the end of `other`.
  private static boolean reaches(KeyRange range, KeyRange other) {
    Key end = other.end();
    return end == null || range.start().compareTo(end) < 0;
  }

  private static ByteString wrap(Key key) {
    return UnsafeByteOperations.unsafeWrap(key.bytes());
  }
}
