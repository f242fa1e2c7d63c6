package io.flotilla.router.watch;

import io.flotilla.base.port.Scheduler;
import io.flotilla.router.watch.WatchStream.Outgoing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Hands what a turn of the hub's loop produced to the clients' loops, one task for each loop.
final class Outboxes {
  private final Scheduler loop;
  private final List<WatchStream> unflushed = new ArrayList<>();
  private boolean flushScheduled;

  Outboxes(Scheduler loop) {
    this.loop = loop;
  }

  /// The stream's outbox is not empty any more.
  void flushLater(WatchStream stream) {
    unflushed.add(stream);
    if (!flushScheduled) {
      flushScheduled = true;
      loop.execute(this::flush);
    }
  }

  private void flush() {
    flushScheduled = false;
    Map<Scheduler, List<Outgoing>> byLoop = new LinkedHashMap<>();
    for (WatchStream stream : unflushed) {
      if (!stream.closed()) {
        byLoop.computeIfAbsent(stream.port.loop(), _ -> new ArrayList<>()).add(stream.takeOutbox());
      }
    }
    unflushed.clear();
    byLoop.forEach(
        (clientLoop, outgoing) -> clientLoop.execute(() -> outgoing.forEach(Outgoing::deliver)));
  }
}
