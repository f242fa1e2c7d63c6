package io.flotilla.storage.btree;

import java.util.Random;
import java.util.stream.LongStream;

/// Seeds of a test: the fixed ones, or the one given with `-Dseed=`.
final class Seeds {
  private Seeds() {}

  static LongStream of(int count) {
    String given = System.getProperty("seed");
    return given == null ? LongStream.rangeClosed(1, count) : LongStream.of(Long.parseLong(given));
  }

  static Random random(long seed) {
    return new Random(seed * 0x9E3779B97F4A7C15L);
  }
}
