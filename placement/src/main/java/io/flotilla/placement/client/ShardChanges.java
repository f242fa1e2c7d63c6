package io.flotilla.placement.client;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.vertx.core.Future;
import java.util.List;

/// Changes the shards, at the leader of the root group. On the loop.
public interface ShardChanges {
  /// Begins a change, or says in its answer why there is none.
  ///
  /// Rejections: `NotLeader`, `NoLeader`, `TooManyRequests`, `TimedOut` and `Stopped` say that
  /// nothing began and nothing will; `OutcomeUnknown` that something may have.
  Future<ChangeShardsResponse> change(ChangeShardsRequest request, long deadlineNanos);

  /// The handovers under way, by number, then the newest of those that ended under this leader, the
  /// newest last.
  ///
  /// @throws io.flotilla.base.RejectedException `NotLeader`
  List<HandoverStatus> handovers();
}
