package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.host.Callers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Takes requests of any thread to a group's loop, as many as there is room for, and their answers
/// back to the loops they came from.
final class Entrance {
  private final Scheduler loop;
  private final Callers callers;
  private final AnywhereDoor.Limits limits;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong waitingBytes = new AtomicLong();

  /// @param loop the group's
  /// @param callers says on which loop callers are
  Entrance(Scheduler loop, Callers callers, AnywhereDoor.Limits limits) {
    this.loop = loop;
    this.callers = callers;
    this.limits = limits;
  }

  /// Requests that were let in and are not answered; any thread.
  int waiting() {
    return waiting.get();
  }

  /// Runs `task` on the loop, or refuses it as too much.
  ///
  /// @param bytes that the request holds until it is answered
  /// @param task its future completes on the loop
  <T> Future<T> enter(long bytes, Supplier<Future<T>> task) {
    boolean tooMany = waiting.incrementAndGet() > limits.requests();
    boolean tooLarge = waitingBytes.addAndGet(bytes) > limits.bytes();
    if (tooMany || tooLarge) {
      release(bytes);
      return Future.failedFuture(new Rejection.TooManyRequests().asException());
    }
    Promise<T> promise = Promise.promise();
    if (callers.onHostLoop()) {
      task.get().onComplete((result, failure) -> end(bytes, promise, result, failure));
    } else {
      Callers.Caller caller = callers.current();
      loop.execute(() -> run(bytes, task, promise, caller));
    }
    return promise.future();
  }

  private <T> void run(
      long bytes, Supplier<Future<T>> task, Promise<T> promise, Callers.@Nullable Caller caller) {
    task.get()
        .onComplete(
            (result, failure) -> {
              if (caller == null) {
                end(bytes, promise, result, failure);
              } else {
                caller.loop().execute(() -> end(bytes, promise, result, failure));
              }
            });
  }

  private <T> void end(long bytes, Promise<T> promise, T result, @Nullable Throwable failure) {
    release(bytes);
    if (failure == null) {
      promise.complete(result);
    } else {
      promise.fail(failure);
    }
  }

  private void release(long bytes) {
    waiting.decrementAndGet();
    waitingBytes.addAndGet(-bytes);
  }
}
