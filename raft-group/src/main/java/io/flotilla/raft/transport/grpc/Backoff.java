package io.flotilla.raft.transport.grpc;

import java.util.random.RandomGenerator;

/// How long to wait before the next attempt: doubles from a least to a most, by lot between half of
/// it and all of it, so that nodes that lost each other do not come back in step.
final class Backoff {
  private final int minMillis;
  private final int maxMillis;
  private final RandomGenerator random;
  private int nextMillis;

  Backoff(int minMillis, int maxMillis, RandomGenerator random) {
    this.minMillis = minMillis;
    this.maxMillis = maxMillis;
    this.random = random;
    this.nextMillis = minMillis;
  }

  int nextMillis() {
    int base = nextMillis;
    nextMillis = (int) Math.min(maxMillis, 2L * nextMillis);
    return base - random.nextInt(base / 2 + 1);
  }

  void reset() {
    nextMillis = minMillis;
  }
}
