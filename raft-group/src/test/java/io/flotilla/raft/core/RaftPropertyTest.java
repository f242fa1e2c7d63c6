package io.flotilla.raft.core;

import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Safety under faults, liveness after them. One seed: `-Dseed=17`; more: `-Dseeds=5000`.
class RaftPropertyTest {
  static LongStream seeds() {
    Long one = Long.getLong("seed");
    return one != null ? LongStream.of(one) : LongStream.rangeClosed(1, Long.getLong("seeds", 150));
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void safetyHoldsUnderFaultsAndProgressResumes(long seed) {
    var chaos = new Chaos(seed, new Rules());
    chaos.run(6_000);
    chaos.healAndProgress();
  }
}
