package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.proto.peer.ReplicaAnswer;
import io.vertx.core.Future;

/// The ways from this node to every group of the cluster. Any thread.
public interface ShardDoors {
  /// To the root group. Revocations of leases that shard groups know are coordinated.
  GroupDoor root();

  /// To a shard group.
  ///
  /// @throws io.flotilla.base.RejectedException `NoLeader`, when this node does not know it, or, as
  ///     the only one, has its replica not open yet
  ShardDoor shard(GroupId group);

  /// What a replica elsewhere knows of the handovers that a group takes part in. On the loop.
  ///
  /// Rejections: `NoLeader` when no other node has a replica; `TimedOut`, `Stopped`.
  Future<ReplicaAnswer.Handovers> handovers(GroupId group, long deadlineNanos);

  /// To the coordinator of what concerns several groups.
  CrossDoor cross();

  Barriers barriers();

  /// Reads of a group's keys by this node at this revision and below see everything: at once where
  /// it has a replica that answers, else after a moment at another node. 0 for a group that nobody
  /// can be asked about. On the loop.
  long completeTo(GroupId group);
}
