package io.flotilla.raft.snapshot;

/// Spreads bytes over time: a bucket that fills at a steady rate and holds a quarter of a second's
/// worth. Whoever finds it not empty may take what it needs at once, and those after wait for the
/// debt to be paid, so the rate holds for pieces of any size.
final class Throttle {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int BURST_PER_SECOND = 4;

  private final long bytesPerSecond;
  private double level;
  private long atNanos;

  /// @param bytesPerSecond 0 for no limit
  Throttle(long bytesPerSecond, long nowNanos) {
    this.bytesPerSecond = bytesPerSecond;
    this.level = burst();
    this.atNanos = nowNanos;
  }

  private double burst() {
    return (double) bytesPerSecond / BURST_PER_SECOND;
  }

  /// Nanoseconds until something may be sent; 0 for now.
  long waitNanos(long nowNanos) {
    if (bytesPerSecond == 0) {
      return 0;
    }
    double gained = (double) (nowNanos - atNanos) * bytesPerSecond / NANOS_PER_SECOND;
    level = Math.min(burst(), level + gained);
    atNanos = nowNanos;
    return level > 0 ? 0 : 1 + (long) (-level * NANOS_PER_SECOND / bytesPerSecond);
  }

  void take(int bytes) {
    level -= bytes;
  }
}
