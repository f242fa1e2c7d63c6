package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;

/// One revision at which every group can be read on this node. Any thread; futures complete on the
/// caller's loop.
interface Moment {
  long revision();

  /// Runs a query on the group's replica here, once that has everything up to [#revision]. It may
  /// have more already: the query names its revision where that matters.
  <T> Future<T> read(GroupId group, Query<T> query, long deadlineNanos);

  /// As [#read], about the group as a whole.
  ///
  /// @param keys what a shard group has to have while it is read: otherwise the read is refused as
  ///     `WrongShard`. The root group's are for the caller to check
  <T> Future<T> readWhole(GroupId group, OwnKeys keys, Query<T> query, long deadlineNanos);
}
