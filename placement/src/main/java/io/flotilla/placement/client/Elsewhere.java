package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Questions to the replicas of other nodes: asked of one node that has a replica, then of the next
/// one when that cannot answer or says nothing for a while, until one has answered or the deadline
/// has passed. Questions have no effect, so they may be asked twice. Belongs to the loop. How many
/// there are is bounded by whoever lets them in.
final class Elsewhere {
  /// A node that has not begun to answer is given this long before another one is asked, too.
  static final long PATIENCE_NANOS = 1_000_000_000;

  /// Between two rounds through all nodes.
  static final long PAUSE_NANOS = 50_000_000;

  private static final long LOOK_MILLIS = 10;

  /// What questions go through.
  ///
  /// @param answerBytes the largest answer
  record Ports(
      GroupSites sites, ReplicaStreams streams, int answerBytes, Clock clock, Scheduler loop) {}

  private final GroupSites sites;
  private final ReplicaStreams streams;
  private final int answerBytes;
  private final Clock clock;
  private final Scheduler loop;
  private final Shunned shunned;
  // in the order of coming
  private final Set<Asking> running = new LinkedHashSet<>();
  private Scheduler.@Nullable Cancellable timer;
  private boolean stopped;

  Elsewhere(Ports ports) {
    this.sites = ports.sites();
    this.streams = ports.streams();
    this.answerBytes = ports.answerBytes();
    this.clock = ports.clock();
    this.loop = ports.loop();
    this.shunned = new Shunned(clock);
  }

  /// Fails with `NoLeader` when no other node has a replica of the group, with `TimedOut` when none
  /// has answered in time, and with what a node refuses the question itself for.
  ///
  /// @param question a `ReplicaQuery`
  /// @return the bytes of a `ReplicaAnswer`
  Future<ByteString> ask(GroupId group, ByteString question, long deadlineNanos) {
    if (stopped) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    var asking = new Asking(group, question, deadlineNanos);
    asking.nextRound();
    if (!asking.isDone()) {
      running.add(asking);
      arm();
    }
    return asking.promise.future();
  }

  private void arm() {
    if (timer == null) {
      timer = loop.after(LOOK_MILLIS, this::look);
    }
  }

  private void look() {
    timer = null;
    long nowNanos = clock.nanoTime();
    List.copyOf(running).forEach(asking -> asking.look(nowNanos));
    if (!running.isEmpty()) {
      arm();
    }
  }

  private final class Asking {
    private final GroupId group;
    private final ByteString question;
    private final long deadlineNanos;
    private final Promise<ByteString> promise = Promise.promise();
    private final List<Attempt> open = new ArrayList<>();
    private Queue<NodeId> left = new ArrayDeque<>();
    private long roundNanos;

    Asking(GroupId group, ByteString question, long deadlineNanos) {
      this.group = group;
      this.question = question;
      this.deadlineNanos = deadlineNanos;
    }

    boolean isDone() {
      return promise.future().isComplete();
    }

    void nextRound() {
      roundNanos = clock.nanoTime();
      left = new ArrayDeque<>(shunned.order(sites.others(group)));
      if (left.isEmpty()) {
        fail(new Rejection.NoLeader());
      } else {
        next();
      }
    }

    private void next() {
      NodeId node = left.poll();
      if (node != null) {
        var attempt = new Attempt(this, node);
        open.add(attempt);
        attempt.handle =
            streams.open(ReplicaStreams.Kind.READ, node, question, deadlineNanos, attempt);
      }
    }

    void look(long nowNanos) {
      if (nowNanos - deadlineNanos >= 0) {
        fail(new Rejection.TimedOut());
      } else if (open.isEmpty()) {
        if (nowNanos - roundNanos >= PAUSE_NANOS) {
          nextRound();
        }
      } else if (open.getLast().isSilent(nowNanos)) {
        shunned.failed(open.getLast().node);
        open.getLast().given = Long.MAX_VALUE;
        next();
      }
    }

    void onWhole(Attempt attempt, ByteString answer) {
      shunned.answered(attempt.node);
      end();
      promise.complete(answer);
    }

    void onRefused(Attempt attempt, Rejection why) {
      open.remove(attempt);
      boolean late = why instanceof Rejection.TimedOut && clock.nanoTime() - deadlineNanos >= 0;
      if (late || !Refusals.isNodesOwn(why)) {
        fail(why);
        return;
      }
      if (!(why instanceof Rejection.TooManyRequests)) {
        shunned.failed(attempt.node);
      }
      if (open.isEmpty()) {
        next();
      }
    }

    void fail(Rejection why) {
      end();
      promise.fail(why.asException());
    }

    private void end() {
      running.remove(this);
      open.forEach(Attempt::cancel);
      open.clear();
    }
  }

  private final class Attempt implements ReplicaStreams.Listener {
    private final Asking asking;
    private final NodeId node;
    private final ByteString.Output bytes = ByteString.newOutput();
    // when another node is asked, too
    private long given = clock.nanoTime() + PATIENCE_NANOS;
    private ReplicaStreams.@Nullable Handle handle;

    Attempt(Asking asking, NodeId node) {
      this.asking = asking;
      this.node = node;
    }

    boolean isSilent(long nowNanos) {
      return given != Long.MAX_VALUE && nowNanos - given >= 0;
    }

    void cancel() {
      if (handle != null) {
        handle.cancel();
      }
    }

    /// What flows is waited for, as long as it flows.
    @Override
    public void onPart(ByteString part) {
      given = clock.nanoTime() + PATIENCE_NANOS;
      if ((long) bytes.size() + part.size() > answerBytes) {
        asking.fail(new Rejection.RequestTooLarge());
        return;
      }
      try {
        part.writeTo(bytes);
      } catch (IOException impossible) {
        throw new IllegalStateException("memory cannot fail to be written", impossible);
      }
    }

    @Override
    public void onEnd() {
      asking.onWhole(this, bytes.toByteString());
    }

    @Override
    public void onFailure(Rejection why) {
      asking.onRefused(this, why);
    }
  }

  /// Ends all questions, and those that come from now on.
  void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    List.copyOf(running).forEach(asking -> asking.fail(new Rejection.Stopped()));
  }
}
