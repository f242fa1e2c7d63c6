package io.flotilla.placement.testing;

import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/// Runs a property for a few fixed seeds, or for the one that `-Dseed=` names. A failure says which
/// seed it was.
public final class Seeds {
  private static final int RUNS = 20;

  private Seeds() {}

  public static void forEach(Consumer<Random> property) {
    forEach(RUNS, property);
  }

  /// @param runs how many fixed seeds, for properties whose runs are long
  public static void forEach(int runs, Consumer<Random> property) {
    String chosen = System.getProperty("seed");
    LongStream seeds =
        chosen == null ? LongStream.rangeClosed(1, runs) : LongStream.of(Long.parseLong(chosen));
    seeds.forEach(seed -> run(seed, property));
  }

  private static void run(long seed, Consumer<Random> property) {
    try {
      property.accept(new Random(seed));
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError("replay with -Dseed=" + seed, failure);
    }
  }
}
