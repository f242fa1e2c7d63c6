package io.flotilla.router.route;

import io.vertx.core.Future;

/// Keeps writes out that the space quota has no room for.
public interface SpaceGate {
  /// Whether a request of this cost fits. A cost of 0 always does.
  boolean admits(long costBytes);

  /// Raises the NOSPACE alarm for this member, if it is not on. Completes when it is on.
  Future<Void> raiseAlarm(long deadlineNanos);
}
