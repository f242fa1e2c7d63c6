package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.Leading.Leader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/// A request to a group's leader, whoever that is: asked again until there is an answer that holds
/// or the deadline has passed. Belongs to the group's loop.
///
/// Whoever was asked and did not answer may still do so: the first answer counts, of whichever
/// visit.
///
/// @param <T> the answer
final class Errand<T> {
  /// Between two visits after a refusal: first and at most.
  static final long FIRST_PAUSE_NANOS = 10_000_000;

  static final long MAX_PAUSE_NANOS = 100_000_000;

  /// After this long without an answer, which may have been lost, a question is asked again (etcd:
  /// 500 ms).
  static final long READ_PATIENCE_NANOS = 500_000_000;

  /// As [#READ_PATIENCE_NANOS], at first: it doubles, because each repetition is one more entry of
  /// a log that may be slow as it is.
  static final long WRITE_PATIENCE_NANOS = 1_000_000_000;

  /// A visit that asks a question ends after this long at the latest, so that those to a leader
  /// that never answers do not pile up.
  static final long MAX_QUESTION_NANOS = 5_000_000_000L;

  /// What is asked, and so what may be done when no answer comes.
  enum Kind {
    /// Has an effect. It is repeated under the same request id only.
    WRITE,
    /// Has none.
    READ,
    /// As a read; when the time is up it says whether it was a leader that was missing (etcd's
    /// lease calls).
    LEASE
  }

  /// Asks the leader once.
  interface Visit<T> {
    /// @param leader the replica here, or the node that leads
    Future<T> at(Leader leader, long deadlineNanos);
  }

  private final Kind kind;
  private final long deadlineNanos;
  private final Visit<T> visit;
  private final Promise<T> promise = Promise.promise();
  private NodeId asked = NodeId.NONE;
  private int visits;
  // the newest visit is not answered
  private boolean open;
  private long askedNanos;
  private long nextNanos;
  private long pauseNanos = FIRST_PAUSE_NANOS;
  private long patienceNanos;
  // an earlier visit may have had its effect
  private boolean uncertain;
  private boolean done;

  Errand(Kind kind, long deadlineNanos, Visit<T> visit) {
    this.kind = kind;
    this.deadlineNanos = deadlineNanos;
    this.visit = visit;
    this.patienceNanos = kind == Kind.WRITE ? WRITE_PATIENCE_NANOS : READ_PATIENCE_NANOS;
  }

  Future<T> future() {
    return promise.future();
  }

  boolean isDone() {
    return done;
  }

  /// Does what is due.
  void look(Leader leader, long nowNanos) {
    if (done) {
      return;
    }
    if (nowNanos - deadlineNanos >= 0) {
      fail(timeIsUp(leader));
    } else if (!leader.node().equals(NodeId.NONE) && isDue(leader.node(), nowNanos)) {
      go(leader, nowNanos);
    }
  }

  /// A new leader is asked at once: it may answer while the old one never will.
  private boolean isDue(NodeId leader, long nowNanos) {
    if (!leader.equals(asked)) {
      return true;
    }
    return nowNanos - (open ? askedNanos + patienceNanos : nextNanos) >= 0;
  }

  private void go(Leader leader, long nowNanos) {
    if (open) {
      uncertain = true;
      patienceNanos *= kind == Kind.WRITE ? 2 : 1;
    }
    open = true;
    asked = leader.node();
    askedNanos = nowNanos;
    int number = ++visits;
    visit
        .at(leader, visitDeadlineNanos(nowNanos))
        .onComplete((answer, failure) -> onAnswer(number, answer, failure));
  }

  private long visitDeadlineNanos(long nowNanos) {
    long limit = nowNanos + MAX_QUESTION_NANOS;
    return kind == Kind.WRITE || deadlineNanos - limit < 0 ? deadlineNanos : limit;
  }

  private void onAnswer(int number, T answer, @Nullable Throwable failure) {
    if (done) {
      return;
    }
    if (failure == null) {
      done = true;
      promise.complete(answer);
    } else if (number == visits) {
      open = false;
      onRefusal(
          failure instanceof RejectedException rejected
              ? rejected.rejection()
              : new Rejection.OutcomeUnknown());
    }
  }

  private void onRefusal(Rejection why) {
    switch (why) {
      case Rejection.OutcomeUnknown _ -> uncertain = true;
      case Rejection.NoLeader _,
          Rejection.NotLeader _,
          Rejection.LeaderChanged _,
          Rejection.TimedOut _,
          Rejection.Stopped _ -> {} // this visit had no effect
      // Whoever leads a group that has lost the keys knows of everything that was executed on them.
      case Rejection.WrongShard _ -> {
        fail(why);
        return;
      }
      case Rejection.Compacted _,
          Rejection.FutureRevision _,
          Rejection.KeyNotFound _,
          Rejection.LeaseNotFound _,
          Rejection.LeaseExists _,
          Rejection.NoSpace _,
          Rejection.Corrupt _,
          Rejection.TooManyRequests _,
          Rejection.RequestTooLarge _,
          Rejection.MemberNotFound _,
          Rejection.Held _,
          Rejection.NeedsCommit _,
          Rejection.LeaseUnattached _ -> {
        if (!uncertain || kind != Kind.WRITE) {
          fail(why);
          return;
        }
      }
    }
    nextNanos = askedNanos + pauseNanos;
    pauseNanos = Math.min(2 * pauseNanos, MAX_PAUSE_NANOS);
  }

  private Rejection timeIsUp(Leader leader) {
    Rejection plain = timeIsUp(kind, leader);
    return kind == Kind.WRITE ? unlessUncertain(plain) : plain;
  }

  /// What an errand ends with that was never answered.
  static Rejection timeIsUp(Kind kind, Leader leader) {
    boolean leaderMissing = leader.node().equals(NodeId.NONE);
    return kind == Kind.LEASE && leaderMissing
        ? new Rejection.NoLeader()
        : new Rejection.TimedOut();
  }

  private Rejection unlessUncertain(Rejection why) {
    return uncertain || open ? new Rejection.OutcomeUnknown() : why;
  }

  /// Nobody will go on with it.
  ///
  /// @param why it is refused for if it had no effect
  void stop(Rejection why) {
    if (!done) {
      fail(kind == Kind.WRITE ? unlessUncertain(why) : why);
    }
  }

  private void fail(Rejection why) {
    done = true;
    promise.fail(why.asException());
  }
}
