package io.flotilla.router.route;

import io.flotilla.placement.auth.AuthFacts;
import io.vertx.core.Future;

/// What this node knows of users and roles. Any thread.
public interface AuthDoor {
  /// As of the newest change that this node has applied: on a node that lags behind, an old one.
  AuthFacts facts();

  /// Whether this node is the whole cluster: then it has applied whatever was answered.
  boolean isAlone();

  /// Whether all members have applied what this node has applied now; completes on the caller's
  /// loop, with false when some member does not say so by the deadline.
  Future<Boolean> everyMember(long deadlineNanos);
}
