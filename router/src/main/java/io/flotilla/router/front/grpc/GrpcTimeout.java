package io.flotilla.router.front.grpc;

import org.jspecify.annotations.Nullable;

/// The `grpc-timeout` header: up to eight digits and a unit.
public final class GrpcTimeout {
  /// No timeout was given.
  public static final long NONE = -1;

  /// The header cannot be read.
  public static final long MALFORMED = -2;

  private static final int MAX_DIGITS = 8;

  private GrpcTimeout() {}

  /// Nanoseconds, capped at about 292 years; [#NONE] or [#MALFORMED].
  public static long parseNanos(@Nullable String header) {
    if (header == null) {
      return NONE;
    }
    int digits = header.length() - 1;
    if (digits < 1 || digits > MAX_DIGITS) {
      return MALFORMED;
    }
    long value = 0;
    for (int i = 0; i < digits; i++) {
      char c = header.charAt(i);
      if (c < '0' || c > '9') {
        return MALFORMED;
      }
      value = value * 10 + (c - '0');
    }
    return inNanos(value, header.charAt(digits));
  }

  private static long inNanos(long value, char unit) {
    return switch (unit) {
      case 'n' -> value;
      case 'u' -> value * 1_000;
      case 'm' -> value * 1_000_000;
      case 'S' -> value * 1_000_000_000;
      case 'M' -> value * 60_000_000_000L;
      // Eight digits of hours exceed what 63 bits of nanoseconds hold.
      case 'H' -> Math.min(value, 2_000_000) * 3_600_000_000_000L;
      default -> MALFORMED;
    };
  }
}
