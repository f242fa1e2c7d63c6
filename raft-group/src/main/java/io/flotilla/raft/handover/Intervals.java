package io.flotilla.raft.handover;

import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.KeyInterval;

/// Ranges of keys as commands and journals carry them.
public final class Intervals {
  private Intervals() {}

  public static KeyInterval of(KeyRange range) {
    var interval = KeyInterval.newBuilder();
    interval.setStart(UnsafeByteOperations.unsafeWrap(range.start().bytes()));
    Key end = range.end();
    if (end != null) {
      interval.setEnd(UnsafeByteOperations.unsafeWrap(end.bytes()));
    }
    return interval.build();
  }

  public static KeyRange of(KeyInterval interval) {
    Key start = Key.of(interval.getStart().toByteArray());
    return new KeyRange(
        start, interval.hasEnd() ? Key.of(interval.getEnd().toByteArray()) : null);
  }
}
