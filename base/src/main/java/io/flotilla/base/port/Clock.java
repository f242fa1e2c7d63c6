package io.flotilla.base.port;

/// The two clocks of the outside world.
public interface Clock {
  /// Nanoseconds on a clock that never goes back and has no meaning beyond differences.
  long nanoTime();

  /// Milliseconds since 1970, for what people read; nothing is decided by it.
  long wallMillis();

  /// The machine's own clocks.
  static Clock system() {
    return new Clock() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public long wallMillis() {
        return System.currentTimeMillis();
      }
    };
  }
}
