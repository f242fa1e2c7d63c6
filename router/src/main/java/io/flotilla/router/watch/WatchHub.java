package io.flotilla.router.watch;

import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.router.watch.WatchStream.Outgoing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/// All watches of this node on one group. Hears of each mutation once and sends every watcher what
/// it has to see, in revision order, each revision whole; keeps no events for anybody: a watcher
/// whose client does not keep up is parked with its place in the history.
///
/// Every method is called on the group's event loop, except [#open].
public final class WatchHub implements MutationListener {
  /// A stream's own interval is up to a tenth longer, so that not all tick at once (etcd).
  private static final double JITTER = 0.1;

  private final Scheduler loop;
  private final WatchSource source;
  private final WatchConfig config;
  private final RandomGenerator random;
  private final WatchMetrics metrics;
  private final WatchResponses responses;
  private final WatcherIndex live = new WatcherIndex();
  private final CatchUp catchUp;
  private final Set<WatchStream> streams = new LinkedHashSet<>();
  private final List<WatchStream> unflushed = new ArrayList<>();
  private final List<Watcher> touched = new ArrayList<>();
  private boolean flushScheduled;
  private int watcherCount;

  /// @param loop the group's
  public WatchHub(
      Scheduler loop,
      WatchSource source,
      WatchConfig config,
      RandomGenerator random,
      WatchMetrics metrics) {
    this.loop = loop;
    this.source = source;
    this.config = config;
    this.random = random;
    this.metrics = metrics;
    this.responses = new WatchResponses(source, config.fragmentBytes());
    this.catchUp = new CatchUp(this, source, config);
  }

  // ---- the client's loop

  /// Makes a stream. From the client's loop; everything the returned door does is handed over.
  StreamDoor open(StreamPort port) {
    var stream = new WatchStream(this, port);
    loop.execute(() -> add(stream));
    return new StreamDoor(loop, stream);
  }

  /// How the client's loop reaches its stream on the hub's loop.
  record StreamDoor(Scheduler hubLoop, WatchStream stream) {
    /// Hands requests over in order; `processed` runs on the hub's loop afterwards.
    void send(List<WatchRequest> requests, Runnable processed) {
      hubLoop.execute(
          () -> {
            requests.forEach(stream::onRequest);
            processed.run();
          });
    }

    /// The client took that much of what was delivered.
    void onDelivered(long weightBytes) {
      hubLoop.execute(() -> stream.onDelivered(weightBytes));
    }

    void close() {
      hubLoop.execute(() -> stream.hub().remove(stream));
    }
  }

  // ---- live mutations

  @Override
  public boolean listening() {
    return live.size() > 0;
  }

  @Override
  public void onMutation(long revision, List<ChangeEvent> events) {
    for (ChangeEvent event : events) {
      live.visit(
          event.key(),
          watcher -> {
            if (watcher.wants(event) && watcher.collect(event)) {
              touched.add(watcher);
            }
          });
    }
    for (Watcher watcher : touched) {
      List<ChangeEvent> batch = watcher.takeBatch();
      if (watcher.stream.hasRoom()) {
        sendEvents(watcher, revision, batch);
      } else {
        live.remove(watcher);
        watcher.nextRevision = revision;
        watcher.stream.park(watcher);
      }
    }
    touched.clear();
    publish();
  }

  /// Watchers that heard of everything up to `heardTo` read the rest from the history of the new
  /// state; those that compaction has overtaken there are told so when their turn comes.
  @Override
  public void onReplaced(long heardTo) {
    catchUp.startOver();
    for (WatchStream stream : streams) {
      stream.forEachWatcher(watcher -> resume(watcher, heardTo));
    }
    publish();
  }

  private void resume(Watcher watcher, long heardTo) {
    long next = Math.max(watcher.nextRevision, heardTo + 1);
    if (watcher.state == Watcher.State.SYNCED && next <= source.revision()) {
      live.remove(watcher);
      watcher.nextRevision = next;
      catchUp.add(watcher);
    }
  }

  // ---- watchers, as streams and the catch-up move them

  WatchConfig config() {
    return config;
  }

  WatchResponses responses() {
    return responses;
  }

  /// Puts a new watcher where its start revision belongs.
  void start(Watcher watcher) {
    watcherCount++;
    if (watcher.nextRevision == 0 || watcher.nextRevision > source.revision()) {
      watcher.state = Watcher.State.SYNCED;
      live.add(watcher);
    } else {
      catchUp.add(watcher);
    }
    if (watcher.wantsProgress()) {
      startProgress(watcher.stream);
    }
    publish();
  }

  void catchUp(Watcher watcher) {
    catchUp.add(watcher);
    publish();
  }

  /// A watcher that has been sent everything up to now hears of the rest as it happens.
  void goLive(Watcher watcher) {
    watcher.state = Watcher.State.SYNCED;
    watcher.nextRevision = 0;
    live.add(watcher);
    publish();
  }

  /// Whether every event up to now was sent and no later start was asked for.
  boolean isCurrent(Watcher watcher) {
    return watcher.state == Watcher.State.SYNCED && watcher.nextRevision <= source.revision();
  }

  void end(Watcher watcher) {
    switch (watcher.state) {
      case SYNCED -> live.remove(watcher);
      case CATCHING_UP -> catchUp.remove(watcher);
      case PARKED, COMPACTED, GONE -> {}
    }
    watcher.state = Watcher.State.GONE;
    watcherCount--;
    publish();
  }

  void sendEvents(Watcher watcher, long headerRevision, List<ChangeEvent> events) {
    watcher.sent = true;
    int weight = WatchStream.RESPONSE_BYTES;
    for (ChangeEvent event : events) {
      weight += event.weightBytes();
    }
    List<WatchResponse> parts = responses.events(watcher, headerRevision, events);
    for (WatchResponse part : parts) {
      watcher.stream.send(part, weight / parts.size());
    }
    metrics.eventsSent(events.size());
  }

  // ---- turns and timers

  void later(Runnable task) {
    loop.execute(task);
  }

  void flushLater(WatchStream stream) {
    unflushed.add(stream);
    if (!flushScheduled) {
      flushScheduled = true;
      loop.execute(this::flush);
    }
  }

  /// Hands what this turn produced to the clients' loops, one task for each loop.
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

  private void startProgress(WatchStream stream) {
    if (stream.startProgress()) {
      double stretch = 1 + JITTER * random.nextDouble();
      long interval = (long) (config.progressIntervalMillis() * stretch);
      loop.after(interval, () -> progressTick(stream, interval));
    }
  }

  private void progressTick(WatchStream stream, long intervalMillis) {
    if (!stream.closed()) {
      stream.periodicProgress();
      loop.after(intervalMillis, () -> progressTick(stream, intervalMillis));
    }
  }

  private void add(WatchStream stream) {
    if (stream.closed()) {
      return;
    }
    streams.add(stream);
    publish();
  }

  private void remove(WatchStream stream) {
    stream.close();
    streams.remove(stream);
    publish();
  }

  private void publish() {
    metrics.update(streams.size(), watcherCount, watcherCount - live.size());
  }
}
