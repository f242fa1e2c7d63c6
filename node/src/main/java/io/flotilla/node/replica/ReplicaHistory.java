package io.flotilla.node.replica;

import io.flotilla.node.storage.Identity;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.watch.WatchSource;
import java.util.function.LongSupplier;

/// The watch hub's view of a replica.
///
/// @param term Raft's, for headers
record ReplicaHistory(RootMachine machine, Identity identity, LongSupplier term)
    implements WatchSource {
  @Override
  public long revision() {
    return machine.revision();
  }

  @Override
  public long compactRevision() {
    return machine.compactRevision();
  }

  @Override
  public QueryRun<HistoryPage> history(ShardQuery.History query) {
    return machine.query(query);
  }

  @Override
  public long clusterId() {
    return identity.clusterId();
  }

  @Override
  public long memberId() {
    return identity.node().value();
  }

  @Override
  public long raftTerm() {
    return term.getAsLong();
  }
}
