package io.flotilla.router.route;

import io.flotilla.placement.duty.SpaceQuota;
import io.vertx.core.Future;

/// The space quota of this member.
public final class QuotaGate implements SpaceGate {
  private final SpaceQuota quota;

  public QuotaGate(SpaceQuota quota) {
    this.quota = quota;
  }

  @Override
  public boolean admits(long costBytes) {
    return !quota.exceeds(costBytes);
  }

  /// The quota raises the alarm by itself; the answer does not wait for it.
  @Override
  public Future<Void> raiseAlarm(long deadlineNanos) {
    quota.onRefused();
    return Future.succeededFuture();
  }
}
