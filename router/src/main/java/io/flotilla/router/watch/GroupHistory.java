package io.flotilla.router.watch;

import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;

/// The ordered history of one group as its replica on this node has it. On the hub's loop only.
public interface GroupHistory {
  /// To which revision the group is complete here: all its mutations up to there are in the
  /// history, and those that came while the hub listened were handed to it. Never below the newest
  /// mutation in the history. Goes back only when the state is replaced by one that has processed
  /// less; a turn after that it is right.
  long revision();

  /// History below this revision is gone; -1 when nothing ever was.
  long compactRevision();

  /// Reads a page of it.
  QueryRun<HistoryPage> history(ShardQuery.History query);
}
