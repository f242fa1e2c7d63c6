package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.Membership;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// What is known, and told, of where groups are to have replicas. On the loop.
interface GroupPlacement {
  /// The members of the cluster, as applied here.
  Membership members();

  /// A group's record as applied here; null for a group that is no more.
  @Nullable GroupRecord record(GroupId group);

  /// Completes, on the loop, when all that was decided before this call is applied here.
  Future<?> newest();

  /// The group's own members are those of its record: completes, on the loop, when the root group
  /// has answered, or has not for a while.
  Future<?> settle(GroupRecord record);
}
