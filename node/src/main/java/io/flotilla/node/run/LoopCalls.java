package io.flotilla.node.run;

import io.flotilla.base.port.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/// Calls from front loops to the group's loop and back.
final class LoopCalls {
  private LoopCalls() {}

  /// Runs `action` on `loop`; the future completes on the caller's context.
  static <T> Future<T> call(Vertx vertx, Scheduler loop, Supplier<T> action) {
    Context caller = vertx.getOrCreateContext();
    Promise<T> promise = Promise.promise();
    loop.execute(
        () -> {
          T result = action.get();
          caller.runOnContext(_ -> promise.complete(result));
        });
    return promise.future();
  }
}
