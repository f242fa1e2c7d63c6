package io.flotilla.simulation.chaos;

import java.util.concurrent.TimeUnit;

/// Waiting, in a thread that may be asked to end.
final class Pause {
  private Pause() {}

  /// Returns early if the thread is interrupted, and leaves it so.
  static void millis(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
