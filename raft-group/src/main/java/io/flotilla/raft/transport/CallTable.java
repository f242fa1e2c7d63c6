package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The calls of this node that wait for an answer, and their deadlines.
final class CallTable {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /// A process makes fewer calls than this allows for, on average.
  private static final int IDS_PER_MILLI_BITS = 20;

  private final Scheduler loop;
  private final Clock clock;
  private final int max;
  private final PeerMetrics metrics;
  private final Map<Long, PendingCall> byId = new HashMap<>();
  private final TreeSet<PendingCall> byDeadline = new TreeSet<>(PendingCall.BY_DEADLINE);
  private Scheduler.@Nullable Cancellable timer;
  private long timerNanos;
  // A process that starts again counts on from a later moment: a reply to a call of its life before
  // must not be taken for the answer to another call.
  private long lastId;

  CallTable(Scheduler loop, Clock clock, int max, PeerMetrics metrics) {
    this.loop = loop;
    this.clock = clock;
    this.max = max;
    this.metrics = metrics;
    this.lastId = clock.wallMillis() << IDS_PER_MILLI_BITS;
  }

  boolean isFull() {
    return byId.size() >= max;
  }

  /// Fills in id and timeout.
  PendingCall begin(NodeId to, Call.Builder call, long deadlineNanos) {
    long leftMillis = (deadlineNanos - clock.nanoTime()) / NANOS_PER_MILLI;
    call.setId(++lastId).setTimeoutMillis(Math.max(1, leftMillis));
    var pending = new PendingCall(this, to, call.build(), deadlineNanos);
    byId.put(lastId, pending);
    byDeadline.add(pending);
    metrics.callsInFlight(byId.size());
    watchDeadlines();
    return pending;
  }

  /// A reply that comes too late, or was not asked for, is nothing to anyone.
  void answer(NodeId from, Reply reply) {
    PendingCall pending = byId.get(reply.getId());
    if (pending != null && pending.to().equals(from)) {
      remove(pending);
      pending.answer(reply);
    }
  }

  void end(PendingCall pending, Rejection why) {
    if (!pending.isDone()) {
      remove(pending);
      pending.fail(why);
    }
  }

  /// Ends those that `which` names, in the order of calling.
  void endAll(Predicate<PendingCall> which, Rejection neverLeft) {
    List<PendingCall> ended =
        byId.values().stream()
            .filter(which)
            .sorted((a, b) -> Long.compare(a.call().getId(), b.call().getId()))
            .toList();
    ended.forEach(pending -> end(pending, pending.lost(neverLeft)));
    if (byId.isEmpty()) {
      cancelTimer();
    }
  }

  private void remove(PendingCall pending) {
    byId.remove(pending.call().getId());
    byDeadline.remove(pending);
    metrics.callsInFlight(byId.size());
  }

  // ------------------------------------------------------------------- deadlines

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /// One timer, for the deadline that comes first. It stays when that call is answered, so answers
  /// in time cost no timers.
  private void watchDeadlines() {
    if (byDeadline.isEmpty()) {
      return;
    }
    long first = byDeadline.first().deadlineNanos();
    if (timer != null && timerNanos - first <= 0) {
      return;
    }
    cancelTimer();
    timerNanos = first;
    long waitNanos = Math.max(0, first - clock.nanoTime());
    timer = loop.after(Math.ceilDiv(waitNanos, NANOS_PER_MILLI), this::onTimer);
  }

  private void onTimer() {
    timer = null;
    long nowNanos = clock.nanoTime();
    while (!byDeadline.isEmpty() && byDeadline.first().deadlineNanos() - nowNanos <= 0) {
      PendingCall pending = byDeadline.first();
      end(pending, pending.lost(new Rejection.TimedOut()));
    }
    watchDeadlines();
  }
}
