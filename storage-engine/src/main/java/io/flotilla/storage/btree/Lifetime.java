package io.flotilla.storage.btree;

import java.util.concurrent.atomic.AtomicInteger;

/// Keeps memory alive until the file and every view were closed and no checkpoint writes, on
/// whatever thread each of them ends.
final class Lifetime {
  private final AtomicInteger users = new AtomicInteger(1);
  private final Runnable atEnd;

  Lifetime(Runnable atEnd) {
    this.atEnd = atEnd;
  }

  /// False when everything was let go of already.
  boolean tryEnter() {
    return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  void leave() {
    if (users.decrementAndGet() == 0) {
      atEnd.run();
    }
  }
}
