package io.flotilla.base;

/// Checks that are on in production. The message states the rule in its positive form.
public final class Invariants {
  private Invariants() {}

  public static void check(boolean holds, String rule) {
    if (!holds) {
      throw new InvariantViolation(rule);
    }
  }

  /// Fails with both numbers when `low > high`.
  public static void checkAtMost(long low, long high, String rule) {
    if (low > high) {
      throw new InvariantViolation(rule + ": " + low + " > " + high);
    }
  }

  /// Fails with both numbers when they differ.
  public static void checkEqual(long actual, long expected, String rule) {
    if (actual != expected) {
      throw new InvariantViolation(rule + ": " + actual + " != " + expected);
    }
  }
}
