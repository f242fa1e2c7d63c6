package io.flotilla.router.watch;

import io.flotilla.raft.shard.OwnKeys;

/// The history of a shard group as its replica on this node has it. On the hub's loop only.
public interface ShardGroupHistory extends GroupHistory {
  /// The keys that are the group's own after the items that the replica has processed. The history
  /// may hold changes of others: what was given away and is not erased yet, and what is about to
  /// come.
  ///
  /// When it changes without a new state, [WatchHub#onOwnChange] is told at once.
  OwnKeys own();
}
