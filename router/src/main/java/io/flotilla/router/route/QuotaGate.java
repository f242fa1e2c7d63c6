package io.flotilla.router.route;

import io.flotilla.placement.duty.SpaceQuota;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// The space quota of this member.
public final class QuotaGate implements SpaceGate {
  private final SpaceQuota quota;
  private final Supplier<Executor> callers;

  /// @param callers gives what runs tasks on the event loop of the caller
  public QuotaGate(SpaceQuota quota, Supplier<Executor> callers) {
    this.quota = quota;
    this.callers = callers;
  }

  @Override
  public boolean admits(long costBytes) {
    return !quota.exceeds(costBytes);
  }

  /// Completes when the alarm is on, so that whoever was refused can see why, or when it could not
  /// be raised; the quota then tries again by itself.
  @Override
  public Future<Void> raiseAlarm(long deadlineNanos) {
    Promise<Void> raised = Promise.promise();
    Executor caller = callers.get();
    quota.onRefused(_ -> caller.execute(raised::complete));
    return raised.future();
  }
}
