package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.Completeness;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.feed.FedReplica;

/// The view that the watch hub, and those who follow from other nodes, have of a shard group's
/// replica.
///
/// The replica may be ahead of what the root group's replica has told to its end: then what it
/// holds counts.
record ShardHistory(GroupId group, ShardGroupMachine machine, Completeness completeness)
    implements FedReplica {
  @Override
  public long revision() {
    return Math.max(machine.revision(), completeness.completeTo(group));
  }

  @Override
  public long processed() {
    return machine.processed();
  }

  @Override
  public long head() {
    return machine.head();
  }

  @Override
  public OwnKeys own() {
    return machine.own();
  }

  @Override
  public long compactRevision() {
    return machine.compactRevision();
  }

  @Override
  public QueryRun<HistoryPage> history(ShardQuery.History query) {
    machine.advanceTo(revision());
    return machine.query(query);
  }
}
