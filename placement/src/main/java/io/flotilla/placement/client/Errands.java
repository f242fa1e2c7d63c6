package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.Leading.Leader;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The errands of one group on this node: looks after them at short intervals, as long as there are
/// any. Belongs to the group's loop.
final class Errands {
  static final long LOOK_MILLIS = 10;

  private final Leading group;
  private final Clock clock;
  private final Scheduler loop;
  private final List<LookAlong> others = new ArrayList<>();
  // in the order of coming, so that a run is the same each time
  private final Set<Errand<?>> running = new LinkedHashSet<>();
  private Scheduler.@Nullable Cancellable timer;
  // why nothing is asked any more; null while it is
  private @Nullable Rejection ended;

  /// Looks whenever the errands are looked after.
  interface LookAlong {
    void look(long nowNanos);
  }

  Errands(Leading group, Clock clock, Scheduler loop) {
    this.group = group;
    this.clock = clock;
    this.loop = loop;
  }

  void lookAlong(LookAlong other) {
    others.add(other);
  }

  <T> Future<T> run(Errand.Kind kind, long deadlineNanos, Errand.Visit<T> visit) {
    if (ended != null) {
      return Future.failedFuture(ended.asException());
    }
    var errand = new Errand<>(kind, deadlineNanos, visit);
    errand.look(group.leader(), clock.nanoTime());
    if (!errand.isDone()) {
      running.add(errand);
      errand.future().onComplete(_ -> running.remove(errand));
      arm();
    }
    return errand.future();
  }

  private void arm() {
    if (timer == null) {
      timer = loop.after(LOOK_MILLIS, this::look);
    }
  }

  private void look() {
    timer = null;
    if (ended != null) {
      return;
    }
    if (group.isRemoved()) {
      endAll(new Rejection.Stopped()); // clients do better elsewhere
      return;
    }
    long nowNanos = clock.nanoTime();
    Leader leader = group.leader();
    for (Errand<?> errand : List.copyOf(running)) {
      errand.look(leader, nowNanos);
    }
    others.forEach(other -> other.look(nowNanos));
    if (!running.isEmpty()) {
      watchLeader(leader);
      arm();
    }
  }

  /// In a group that went quiet nobody would notice that the leader does not answer.
  private void watchLeader(Leader leader) {
    if (!leader.isHere() && !leader.node().equals(NodeId.NONE)) {
      group.wake();
    }
  }

  /// What somebody is told who waits for an errand longer than he wanted to.
  Rejection timeIsUp(Errand.Kind kind) {
    return Errand.timeIsUp(kind, group.leader());
  }

  /// Ends all of them, and those that come from now on.
  ///
  /// @param why what had no effect is refused for
  void stop(Rejection why) {
    ended = why;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    endAll(why);
  }

  private void endAll(Rejection why) {
    List.copyOf(running).forEach(errand -> errand.stop(why));
  }
}
