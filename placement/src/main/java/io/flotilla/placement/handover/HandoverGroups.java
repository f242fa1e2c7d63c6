package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.List;
import java.util.SortedSet;

/// All groups, the root group included, as the handovers of the root leader reach them. On the
/// loop.
interface HandoverGroups {
  /// Puts a command into a group's log, whoever leads it. One that is sent twice runs once.
  Future<CommandResult> propose(GroupId group, Command command, long deadlineNanos);

  /// A point in the order that is not before this call.
  Future<BarrierPoint> point(GroupId source, long deadlineNanos);

  /// Reads a group as of a point: its replica on this node, or one elsewhere.
  Future<ExportPage> read(
      GroupId source, BarrierPoint point, ShardQuery.Export page, long deadlineNanos);

  /// Whether the group's replica on this node has taken all of a range up; also when there is no
  /// replica here that could tell.
  boolean serves(GroupId group, KeyRange range);

  /// What the replicas of shard groups still know of handovers: those on this node now, of other
  /// groups one elsewhere, as it knew when it was asked last.
  List<Known> known();

  /// @param numbers of the handovers that the group takes part in, as far as the replica knows
  /// @param caughtUp whether that has processed every item of the group's journal
  record Known(GroupId group, SortedSet<Long> numbers, boolean caughtUp) {}
}
