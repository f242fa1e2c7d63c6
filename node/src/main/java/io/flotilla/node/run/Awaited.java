package io.flotilla.node.run;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Waits for steps of starting and stopping, which are taken by a thread of their own.
final class Awaited {
  private static final Duration LIMIT = Duration.ofHours(1);

  private Awaited() {}

  /// @param what as in "could not ..."
  /// @throws StartupException when it fails
  static <T> T await(Future<T> future, String what) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new StartupException("could not " + what + ": " + Reasons.of(e.getCause()));
    } catch (TimeoutException e) {
      throw new StartupException("could not " + what + " in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException("interrupted; could not " + what);
    }
  }
}
