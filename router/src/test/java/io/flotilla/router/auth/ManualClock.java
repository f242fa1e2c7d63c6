package io.flotilla.router.auth;

import io.flotilla.base.port.Clock;
import java.util.concurrent.atomic.AtomicLong;

/// Time that a test lets pass.
final class ManualClock implements Clock {
  private final AtomicLong nanos = new AtomicLong(1_000_000_000_000L);

  void pass(long millis) {
    nanos.addAndGet(millis * 1_000_000);
  }

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public long wallMillis() {
    return nanos.get() / 1_000_000;
  }
}
