package io.flotilla.router.route;

import io.vertx.core.Future;

/// Keeps writes out that the space quota has no room for.
public interface SpaceGate {
  /// Whether a request of this cost fits. A cost of 0 always does.
  boolean admits(long costBytes);

  /// Sees to it that the NOSPACE alarm is raised for this member. Completes when the caller may be
  /// answered.
  Future<Void> raiseAlarm(long deadlineNanos);
}
