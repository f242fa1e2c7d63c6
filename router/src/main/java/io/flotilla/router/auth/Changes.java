package io.flotilla.router.auth;

import io.flotilla.base.port.Clock;
import io.flotilla.placement.auth.AuthFault;
import io.flotilla.router.route.AuthDoor;
import io.flotilla.router.route.CallerLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/// Changes users and roles so that whoever asks anywhere after the answer meets the change.
public final class Changes {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /// Clocks of two machines may differ in speed by a part in this.
  private static final int DRIFT = 10;

  private final AuthDoor door;
  private final CallerLoop callers;
  private final Clock clock;

  Changes(AuthDoor door, CallerLoop callers, Clock clock) {
    this.door = door;
    this.callers = callers;
    this.clock = clock;
  }

  /// Completes a change that is applied on this node: when all nodes have applied it, or those that
  /// do not say so may not go by what they know any more.
  ///
  /// @param faultNumber of the [AuthFault] it was refused for, 0 for none
  /// @return fails with what the client is told when it was refused
  public Future<Void> settle(int faultNumber) {
    AuthFault fault = AuthFault.of(faultNumber);
    if (fault != null) {
      return Future.failedFuture(AuthErrors.of(fault).asException());
    }
    if (door.isAlone()) {
      return Future.succeededFuture();
    }
    long over = clock.nanoTime() + Freshness.VALID_NANOS + Freshness.VALID_NANOS / DRIFT;
    return door.everyMember(over).compose(all -> all ? Future.succeededFuture() : waitUntil(over));
  }

  private Future<Void> waitUntil(long nanos) {
    long left = nanos - clock.nanoTime();
    if (left <= 0) {
      return Future.succeededFuture();
    }
    Promise<Void> promise = Promise.promise();
    callers.after(left / NANOS_PER_MILLI + 1, promise::complete);
    return promise.future();
  }
}
