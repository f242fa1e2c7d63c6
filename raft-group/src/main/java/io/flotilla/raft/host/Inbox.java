package io.flotilla.raft.host;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Requests on their way from other loops to the host's: bounded, and one wake-up for all that come
/// before the host looks.
final class Inbox {
  /// A request and whose it is.
  record Item(Replica replica, Waiting request) {}

  private final int max;
  private final Runnable wake;
  private final HostMetrics metrics;
  private final ConcurrentLinkedQueue<Item> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicBoolean awake = new AtomicBoolean();

  /// @param wake makes the host look soon; called on any thread
  Inbox(int max, Runnable wake, HostMetrics metrics) {
    this.max = max;
    this.wake = wake;
    this.metrics = metrics;
  }

  /// Any thread. Returns false, taking nothing, when the inbox is full.
  boolean offer(Item item) {
    if (size.incrementAndGet() > max) {
      size.decrementAndGet();
      return false;
    }
    metrics.inbox(1);
    queue.add(item);
    if (!awake.get() && awake.compareAndSet(false, true)) {
      wake.run();
    }
    return true;
  }

  /// The host is about to look: what comes from now on wakes it again.
  void looking() {
    awake.set(false);
  }

  /// The next request; null when there is none. The host's loop only.
  @Nullable Item poll() {
    Item item = queue.poll();
    if (item != null) {
      size.decrementAndGet();
      metrics.inbox(-1);
    }
    return item;
  }
}
