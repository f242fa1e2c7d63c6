package io.flotilla.storage.btree;

import java.util.concurrent.atomic.AtomicInteger;

/// Keeps memory alive until the file and every view of it were closed, on whatever thread.
final class Lifetime {
  private final AtomicInteger users = new AtomicInteger(1);
  private final Runnable atEnd;

  Lifetime(Runnable atEnd) {
    this.atEnd = atEnd;
  }

  void enter() {
    users.incrementAndGet();
  }

  void leave() {
    if (users.decrementAndGet() == 0) {
      atEnd.run();
    }
  }
}
