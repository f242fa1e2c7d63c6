package io.flotilla.simulation.client;

import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.simulation.history.Span;
import io.flotilla.simulation.history.WatchMessage;
import io.flotilla.simulation.history.Watching;
import io.flotilla.simulation.wire.FromEtcd;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A client that watches a span from its first revision on, and goes on at another node from where
/// it was whenever its stream ends.
final class WatchClient extends Client {
  private static final long RESTLESSNESS_MILLIS = 8_000;
  private static final long RETRY_MILLIS = 50;
  private static final long PING_NANOS = 2 * Timeline.SECOND;

  private final Span span;
  private long next;
  private @Nullable WatchStreamEnd stream;
  private long watch;
  private long opened;

  /// @param span what is watched
  WatchClient(Surroundings around, RandomGenerator random, WorkPlan plan, int number, Span span) {
    super(around, random, plan, number);
    this.span = span;
    this.next = 1;
  }

  @Override
  void start() {
    later(RETRY_MILLIS, this::open);
  }

  private void open() {
    if (isStopped()) {
      return;
    }
    Machine machine = machine();
    SimNode node = machine.responsive();
    if (node == null) {
      turnAway();
      later(RETRY_MILLIS, this::open);
      return;
    }
    if (opened++ > 0) {
      around.probes().hit(Probe.WATCH_RESUMED);
    }
    var query = Watching.Query.everything(span, next);
    watch = around.recorder().watch(wire.where(machine), query);
    var end = new WatchStreamEnd(around, wire, node, random, this::onResponse);
    stream = end;
    end.open(query);
    node.life().atEnd(() -> around.timeline().after(wire.latencyNanos(), null, () -> lose(end)));
    later(RESTLESSNESS_MILLIS, () -> leave(end));
    ping(end, node);
  }

  /// A machine without power says nothing: the client has to ask.
  private void ping(WatchStreamEnd end, SimNode node) {
    around
        .timeline()
        .after(
            PING_NANOS,
            null,
            () -> {
              if (stream == end && node.life().isOver()) {
                lose(end);
              } else if (stream == end) {
                ping(end, node);
              }
            });
  }

  private void lose(WatchStreamEnd lost) {
    if (stream == lost) {
      record(new WatchMessage.Broken(around.clockNanos(), "connection lost"));
      reopen();
    }
  }

  /// Now and then without any reason.
  private void leave(WatchStreamEnd old) {
    if (stream == old && !isStopped()) {
      old.close();
      record(new WatchMessage.Broken(around.clockNanos(), "left"));
      turnAway();
      reopen();
    }
  }

  private void reopen() {
    stream = null;
    later(RETRY_MILLIS, this::open);
  }

  private void record(WatchMessage message) {
    around.recorder().message(watch, message);
  }

  private void onResponse(WatchStreamEnd from, WatchResponse response) {
    if (stream != from) {
      return;
    }
    long now = around.clockNanos();
    around.timeline().note(response.getEventsCount() * 31L + response.getHeader().getRevision());
    if (response.getCreated()) {
      record(new WatchMessage.Created(now, response.getHeader().getRevision()));
    }
    if (response.getCanceled()) {
      onCanceled(from, response, now);
    } else if (response.getEventsCount() > 0) {
      List<WatchMessage.Event> events = FromEtcd.events(response.getEventsList());
      record(new WatchMessage.Events(now, events, response.getFragment()));
      long last = events.getLast().revision();
      next = response.getFragment() ? last : last + 1;
    } else if (!response.getCreated()) {
      record(new WatchMessage.Progress(now, response.getHeader().getRevision()));
      next = Math.max(next, response.getHeader().getRevision() + 1);
    }
  }

  private void onCanceled(WatchStreamEnd from, WatchResponse response, long now) {
    long compacted = response.getCompactRevision();
    record(new WatchMessage.Canceled(now, compacted, response.getCancelReason()));
    if (compacted > 0) {
      around.probes().hit(Probe.WATCH_OVERTAKEN_BY_COMPACTION);
      next = Math.max(next, compacted);
    }
    from.close();
    reopen();
  }

  /// The first revision that was not seen yet.
  long next() {
    return next;
  }

  /// Watching goes on while nothing new begins: see [#end].
  @Override
  void stop() {
    // Others stop first; what they did is to be seen.
  }

  void end() {
    super.stop();
    WatchStreamEnd open = stream;
    if (open != null) {
      open.close();
      record(new WatchMessage.Broken(around.clockNanos(), "the run ends"));
      stream = null;
    }
  }
}
