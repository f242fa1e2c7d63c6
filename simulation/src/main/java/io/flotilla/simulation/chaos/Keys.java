package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.Span;
import java.util.random.RandomGenerator;

/// The keys of a run: few, so that clients meet.
final class Keys {
  /// Registers: single keys under puts, swaps and deletes.
  static final String REGISTERS = "r/";

  /// Pairs that transactions write together.
  static final String PAIRS = "p/";

  /// Keys on leases.
  static final String LEASED = "s/";

  private static final int REGISTER_COUNT = 12;
  private static final int PAIR_COUNT = 5;
  private static final int LEASED_COUNT = 20;

  private Keys() {}

  static String register(RandomGenerator random) {
    return REGISTERS + (char) ('a' + random.nextInt(REGISTER_COUNT));
  }

  static int pair(RandomGenerator random) {
    return random.nextInt(PAIR_COUNT);
  }

  static String left(int pair) {
    return PAIRS + "left/" + pair;
  }

  static String right(int pair) {
    return PAIRS + "right/" + pair;
  }

  static String leased(RandomGenerator random) {
    return LEASED + random.nextInt(LEASED_COUNT);
  }

  /// Everything, one kind of keys, or a few registers.
  static Span span(RandomGenerator random) {
    return switch (random.nextInt(5)) {
      case 0 -> Span.ALL;
      case 1 -> Span.prefix(REGISTERS);
      case 2 -> Span.prefix(PAIRS);
      case 3 -> Span.prefix(LEASED);
      default -> new Span(REGISTERS + "c", REGISTERS + "h");
    };
  }
}
