package io.flotilla.router.route;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/// Asks again what routing, or the moment, got wrong, until the request's deadline: it had no
/// effect.
final class Retries {
  private static final long FIRST_PAUSE_MILLIS = 2;
  private static final long LAST_PAUSE_MILLIS = 64;
  /// Keys that are on their way from one group to another are about to arrive.
  private static final long LAST_HANDOVER_PAUSE_MILLIS = 16;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Clock clock;
  private final Scheduler scheduler;

  /// @param scheduler runs on the loop of the request
  Retries(Clock clock, Scheduler scheduler) {
    this.clock = clock;
    this.scheduler = scheduler;
  }

  /// Fails as timed out when the next attempt would come too late, or for want of a leader if that
  /// was the reason; nothing is under way then.
  ///
  /// @param attempt what it throws counts as its failure
  <T> Future<T> run(Supplier<Future<T>> attempt, long deadlineNanos) {
    return new Run<>(attempt, deadlineNanos).ask(FIRST_PAUSE_MILLIS);
  }

  /// As [#run], when a first attempt was made already.
  <T> Future<T> after(Throwable failure, Supplier<Future<T>> attempt, long deadlineNanos) {
    return new Run<>(attempt, deadlineNanos).onFailure(failure, FIRST_PAUSE_MILLIS);
  }

  /// Whether nothing was done, and another attempt may come to more.
  private static boolean passes(Throwable failure) {
    return failure instanceof StaleMoment || isNoLeader(failure) || isHandover(failure);
  }

  /// Whether the keys are, or were, on their way from one group to another.
  static boolean isHandover(Throwable failure) {
    return failure instanceof RejectedException refused
        && (refused.rejection() instanceof Rejection.WrongShard
            || refused.rejection() instanceof Rejection.Held);
  }

  private static boolean isNoLeader(Throwable failure) {
    return failure instanceof RejectedException refused
        && refused.rejection() instanceof Rejection.NoLeader;
  }

  private static RejectedException timedOut() {
    return new Rejection.TimedOut().asException();
  }

  private final class Run<T> {
    private final Supplier<Future<T>> attempt;
    private final long deadlineNanos;

    Run(Supplier<Future<T>> attempt, long deadlineNanos) {
      this.attempt = attempt;
      this.deadlineNanos = deadlineNanos;
    }

    Future<T> ask(long pauseMillis) {
      Future<T> answer = attemptOnce();
      return answer.succeeded()
          ? answer
          : answer.recover(failure -> onFailure(failure, pauseMillis));
    }

    private Future<T> attemptOnce() {
      try {
        return attempt.get();
      } catch (RejectedException | StaleMoment refused) {
        return Future.failedFuture(refused);
      }
    }

    private Future<T> onFailure(Throwable failure, long pauseMillis) {
      if (!passes(failure)) {
        return Future.failedFuture(failure);
      }
      if (clock.nanoTime() + pauseMillis * NANOS_PER_MILLI - deadlineNanos >= 0) {
        return Future.failedFuture(isNoLeader(failure) ? failure : timedOut());
      }
      Promise<T> promise = Promise.promise();
      long last = isHandover(failure) ? LAST_HANDOVER_PAUSE_MILLIS : LAST_PAUSE_MILLIS;
      long longer = Math.min(2 * pauseMillis, last);
      scheduler.after(pauseMillis, () -> ask(longer).onComplete(promise));
      return promise.future();
    }
  }
}
