package io.flotilla.router.auth;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.route.CallerLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// A few threads for what takes a processor for long, so that a storm of logins takes no more than
/// a part of the machine and never an event loop. What waits longer than its caller does is not
/// begun.
final class Workers implements AutoCloseable {
  /// Tasks that wait for a thread; beyond them tasks are refused as too many.
  private static final int WAITING_MAX = 1024;

  private final ThreadPoolExecutor threads;
  private final CallerLoop callers;
  private final Clock clock;

  /// @param callers the loops of requests
  Workers(int count, CallerLoop callers, Clock clock) {
    this.callers = callers;
    this.clock = clock;
    this.threads =
        new ThreadPoolExecutor(
            count,
            count,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().name("passwords-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /// Runs `work` on a thread; completes on the loop of the caller.
  <T> Future<T> run(Supplier<T> work, long deadlineNanos) {
    Executor loop = callers.here();
    Promise<T> promise = Promise.promise();
    try {
      threads.execute(() -> work(work, deadlineNanos, promise, loop));
    } catch (RejectedExecutionException _) {
      promise.fail(new Rejection.TooManyRequests().asException());
    }
    return promise.future();
  }

  private <T> void work(Supplier<T> work, long deadlineNanos, Promise<T> promise, Executor loop) {
    if (clock.nanoTime() - deadlineNanos >= 0) {
      loop.execute(() -> promise.fail(ApiError.DEADLINE.asException()));
      return;
    }
    try {
      T result = work.get();
      loop.execute(() -> promise.complete(result));
    } catch (RuntimeException e) {
      loop.execute(() -> promise.fail(e));
    }
  }

  /// Tasks that wait for a thread.
  int waiting() {
    return threads.getQueue().size();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
