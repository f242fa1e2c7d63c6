package io.flotilla.router.watch;

import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;

/// The ordered history that the hub reads. On the hub's loop only. Live mutations come in through
/// [WatchHub#onMutation].
public interface WatchSource {
  /// The newest revision; all its events have been handed to the hub.
  long revision();

  /// History below this revision is gone; -1 when nothing ever was.
  long compactRevision();

  QueryRun<HistoryPage> history(ShardQuery.History query);

  long clusterId();

  long memberId();

  long raftTerm();
}
