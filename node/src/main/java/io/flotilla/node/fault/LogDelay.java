package io.flotilla.node.fault;

/// By how much logs are slower.
///
/// @param forceMicros that a force takes longer
/// @param bytesPerSecond that a log takes at most; 0 is no limit
public record LogDelay(long forceMicros, long bytesPerSecond) {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  public LogDelay {
    if (forceMicros < 0 || bytesPerSecond < 0) {
      throw new IllegalArgumentException("a delay is not negative");
    }
  }

  boolean isNone() {
    return forceMicros == 0 && bytesPerSecond == 0;
  }

  /// How long a force of so many bytes takes longer.
  long nanos(long bytes) {
    long transfer =
        bytesPerSecond == 0 ? 0 : Math.multiplyExact(bytes, NANOS_PER_SECOND) / bytesPerSecond;
    return forceMicros * NANOS_PER_MICRO + transfer;
  }
}
