package io.flotilla.loadtest.client;

/// How long a client waits.
///
/// @param connectMillis for a connection
/// @param callMillis for the answer to one call, from when it was sent
public record Deadlines(long connectMillis, long callMillis) {
  private static final long CONNECT_MILLIS_MAX = 5000;

  public Deadlines {
    if (connectMillis < 1 || callMillis < 1) {
      throw new IllegalArgumentException("a deadline must be at least a millisecond");
    }
  }

  /// A deadline for calls; connections get the same, but at most five seconds.
  public static Deadlines ofCall(long callMillis) {
    return new Deadlines(Math.min(callMillis, CONNECT_MILLIS_MAX), callMillis);
  }
}
