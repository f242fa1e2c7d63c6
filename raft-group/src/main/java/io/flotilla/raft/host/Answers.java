package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/// Collects the answers of a turn and hands them to the callers' loops at its end: one hand-over
/// per loop, however many answers.
final class Answers {
  private final Callers callers;
  private final ConcurrentHashMap<Object, Lane> lanes = new ConcurrentHashMap<>();
  private final Lane own = new Lane(null);
  // host's loop only: lanes with answers
  private List<Lane> filled = new ArrayList<>();

  Answers(Callers callers) {
    this.callers = callers;
  }

  boolean onHostLoop() {
    return callers.onHostLoop();
  }

  /// The lane of the code that calls this; any thread.
  Lane lane() {
    if (callers.onHostLoop()) {
      return own;
    }
    Callers.Caller caller = callers.current();
    if (caller == null) {
      return own;
    }
    Object key = caller.key();
    return key == null
        ? new Lane(caller.loop())
        : lanes.computeIfAbsent(key, _ -> new Lane(caller.loop()));
  }

  <T> void succeed(Lane lane, Promise<T> promise, T value) {
    add(lane, () -> promise.complete(value));
  }

  <T> void refuse(Lane lane, Promise<T> promise, Rejection why) {
    add(lane, () -> promise.fail(why.asException()));
  }

  <T> void fail(Lane lane, Promise<T> promise, Throwable why) {
    add(lane, () -> promise.fail(why));
  }

  private void add(Lane lane, Runnable answer) {
    if (lane.add(answer)) {
      filled.add(lane);
    }
  }

  boolean isEmpty() {
    return filled.isEmpty();
  }

  /// Hands over all that was collected. Callers on the host's loop run inside this call and may
  /// collect new answers, which wait for the next one.
  void flush() {
    List<Lane> batch = filled;
    filled = new ArrayList<>();
    batch.forEach(Lane::flush);
  }
}
