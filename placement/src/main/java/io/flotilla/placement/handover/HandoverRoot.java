package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.List;

/// The root group, as the handovers of its leader see it. On the loop.
interface HandoverRoot {
  /// Whether it is led here, and all entries of earlier terms are applied.
  boolean leads();

  ShardMap map();

  /// Those that are neither committed nor abandoned, by number.
  List<Handover> handovers();

  /// The newest number that was ever given; 0 for none.
  long lastHandover();

  /// The name of an alarm that is on; empty for none.
  String alarm();

  /// The shard groups, ascending.
  List<GroupId> groups();

  /// Who has replicas of them.
  ShardView.Placed placed();

  /// Puts a command into the log from here, and from nowhere else.
  Future<CommandResult> propose(Command command, long deadlineNanos);
}
