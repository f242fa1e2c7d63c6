package io.flotilla.raft.core;

import java.util.random.RandomGenerator;

/// Counts the ticks of a replica that does not lead, and draws how many it waits: "election
/// timeouts are chosen randomly from a fixed interval" (Raft §5.2), here `[electionTicks, 2 *
/// electionTicks)`.
final class ElectionTimer {
  private final int electionTicks;
  private final RandomGenerator random;
  private int elapsed;
  private int timeout;

  ElectionTimer(int electionTicks, RandomGenerator random) {
    this.electionTicks = electionTicks;
    this.random = random;
    reset();
  }

  /// Starts again with a new draw.
  void reset() {
    elapsed = 0;
    timeout = electionTicks + random.nextInt(electionTicks);
  }

  /// The one waited for is gone for all that is known: from here on [#isFresh] is false.
  void expire() {
    elapsed = Math.max(elapsed, electionTicks);
    timeout = Math.max(timeout, elapsed + 1);
  }

  /// Waits little longer than the minimum election timeout, which stays.
  void hurry() {
    timeout = Math.min(timeout, electionTicks + random.nextInt(Math.ceilDiv(electionTicks, 5)));
  }

  /// Returns whether the timeout passed; it then starts again.
  boolean tick() {
    elapsed++;
    if (elapsed < timeout) {
      return false;
    }
    reset();
    return true;
  }

  /// Whether the minimum election timeout has not passed since [#reset].
  boolean isFresh() {
    return elapsed < electionTicks;
  }
}
