package io.flotilla.router.watch;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/// What operators see of watches, under etcd's names. Written by the hub's loop, read by anyone.
public final class WatchMetrics {
  private final LongAdder events = new LongAdder();
  private volatile int streams;
  private volatile int watchers;
  private volatile int slowWatchers;
  private volatile long heldBytes;
  private volatile int followedGroups;

  public WatchMetrics(MeterRegistry registry) {
    Gauge.builder("etcd_debugging_mvcc_watch_stream_total", this, m -> m.streams)
        .description("Watch streams that are open")
        .register(registry);
    Gauge.builder("etcd_debugging_mvcc_watcher_total", this, m -> m.watchers)
        .description("Watchers that are open")
        .register(registry);
    Gauge.builder("etcd_debugging_mvcc_slow_watcher_total", this, m -> m.slowWatchers)
        .description("Watchers that are behind")
        .register(registry);
    Gauge.builder("flotilla_watch_held_bytes", this, m -> m.heldBytes)
        .description("Events that are held until slower groups are as far")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("flotilla_watch_followed_groups", this, m -> m.followedGroups)
        .description("Groups that are followed on other nodes for watchers here")
        .register(registry);
    FunctionCounter.builder("etcd_debugging_mvcc_events_total", events, LongAdder::sum)
        .description("Events sent to watchers")
        .register(registry);
  }

  void update(int openStreams, int openWatchers, int behind) {
    streams = openStreams;
    watchers = openWatchers;
    slowWatchers = behind;
  }

  void held(long bytes) {
    heldBytes = bytes;
  }

  void followed(int groups) {
    followedGroups = groups;
  }

  void eventsSent(int count) {
    events.add(count);
  }
}
