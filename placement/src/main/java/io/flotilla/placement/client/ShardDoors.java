package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.Completeness;

/// The ways from this node to every group of the cluster. Any thread.
public interface ShardDoors {
  /// To the root group. Revocations of leases that shard groups know are coordinated.
  GroupDoor root();

  /// To a shard group.
  ///
  /// @throws io.flotilla.base.RejectedException `NoLeader`, when no replica of it is open here yet
  ShardDoor shard(GroupId group);

  /// To the coordinator of what concerns several groups.
  CrossDoor cross();

  Barriers barriers();

  /// Up to which revision the replicas here are complete. On the loop, but for what it says itself.
  Completeness completeness();
}
