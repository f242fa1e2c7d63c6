package io.flotilla.placement.handover;

import io.flotilla.base.Invariants;

/// Bounds how many bytes are copied in a second: each copy is due when those before it have had
/// their time. What was not used is not saved up. Pure.
final class CopyRate {
  private static final long SECOND = 1_000_000_000L;

  private final long bytesPerSecond;
  private boolean used;
  private long freeNanos;

  CopyRate(long bytesPerSecond) {
    Invariants.checkAtMost(1, bytesPerSecond, "something may be copied");
    this.bytesPerSecond = bytesPerSecond;
  }

  /// Takes the next turn for a copy.
  ///
  /// @return how long from now it has to wait; 0 for not at all
  long take(long bytes, long nowNanos) {
    long due = used && freeNanos - nowNanos > 0 ? freeNanos : nowNanos;
    used = true;
    freeNanos = due + (long) (bytes * (double) SECOND / bytesPerSecond);
    return due - nowNanos;
  }
}
