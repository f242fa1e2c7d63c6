package io.flotilla.simulation.chaos;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// One direction of the link between two nodes: open, slow or held.
final class Pipe {
  /// The most that passes at once.
  static final int PIECE_BYTES = 64 << 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition open = lock.newCondition();
  private boolean held;
  private long delayMillis;
  private long bytesPerSecond = Long.MAX_VALUE;

  void hold() {
    lock.lock();
    try {
      held = true;
    } finally {
      lock.unlock();
    }
  }

  void slow(long delayMillis, long bytesPerSecond) {
    lock.lock();
    try {
      this.delayMillis = delayMillis;
      this.bytesPerSecond = bytesPerSecond;
    } finally {
      lock.unlock();
    }
  }

  void heal() {
    lock.lock();
    try {
      held = false;
      delayMillis = 0;
      bytesPerSecond = Long.MAX_VALUE;
      open.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Returns when a piece of this size is through.
  void pass(int bytes) throws InterruptedException {
    long millis;
    lock.lock();
    try {
      millis = delayMillis + (bytes * 1000L) / bytesPerSecond;
      while (held) {
        open.await();
      }
    } finally {
      lock.unlock();
    }
    if (millis > 0) {
      TimeUnit.MILLISECONDS.sleep(millis);
    }
  }
}
