package io.flotilla.placement.client;

import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;

/// Reads of a shard group at points of the order. Any thread, unless said otherwise; futures
/// complete on the caller's loop.
public interface ShardReads {
  /// Reads when the replica is complete to a barrier: at its revision, and at any that is not above
  /// it.
  <T> Future<T> readAt(BarrierPoint point, Query<T> query, long deadlineNanos);

  /// Reads what is complete, without asking for a barrier.
  ///
  /// @param revision up to which it has to be readable; not above [ShardDoors#completeTo]
  <T> Future<T> readComplete(long revision, Query<T> query, long deadlineNanos);

  /// As [#readAt], about the group as a whole.
  ///
  /// @param keys what the group has to have from the beginning of the read to its end: otherwise it
  ///     is refused as `WrongShard`
  <T> Future<T> readWholeAt(BarrierPoint point, OwnKeys keys, Query<T> query, long deadlineNanos);

  /// As [#readComplete], about the group as a whole.
  ///
  /// @param keys as for [#readWholeAt]
  <T> Future<T> readWholeComplete(long revision, OwnKeys keys, Query<T> query, long deadlineNanos);

  /// This group's part of a committed transaction, once the replica has processed it. On the loop.
  ///
  /// Rejections: `OutcomeUnknown` when it is not kept any more or does not come in time.
  Future<TxnResponse> part(TxnId id, long deadlineNanos);
}
