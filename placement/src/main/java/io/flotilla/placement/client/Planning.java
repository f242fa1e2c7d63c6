package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.vertx.core.Future;

/// Tells what the planner of the root leader does and would do. On the loop.
@FunctionalInterface
public interface Planning {
  /// Where there is no planner.
  Planning NONE = (_, _) -> Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());

  /// Rejections: `NotLeader` where the root group is not led.
  Future<PlanResponse> plan(PlanRequest request, long deadlineNanos);
}
