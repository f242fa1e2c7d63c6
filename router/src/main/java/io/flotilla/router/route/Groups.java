package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.Collection;

/// The groups of the cluster as routing needs them. Any thread; futures complete on the caller's
/// loop.
interface Groups {
  GroupDoor root();

  /// @throws io.flotilla.base.RejectedException `NoLeader`, when no replica of the group is open
  ///     here yet
  GroupDoor shard(GroupId group);

  /// Runs a put, delete_range or txn over several groups in one revision.
  Future<CommandResult> across(Command command, long deadlineNanos);

  /// A moment that is not before this call, in the order of the whole cluster.
  Future<Moment> newest(long deadlineNanos);

  /// The latest moment at which these groups can be read here without asking anybody.
  Future<Moment> local(Collection<GroupId> groups);

  default GroupDoor door(GroupId group) {
    return group.equals(GroupId.ROOT) ? root() : shard(group);
  }
}
