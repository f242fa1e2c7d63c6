package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;

/// The door to a shard group, whether this node has a replica of it or not, whoever leads it. Any
/// thread, unless said otherwise.
///
/// * A command that the group's gate keeps out waits for its lock to go, attaches the group to the
///   lease it names, or is coordinated: see docs/design/0009. It is answered when reads of this
///   node show it.
/// * A linearizable read takes a barrier and runs at a replica that is complete to it: the one on
///   this node, else that of another node (docs/design/0012). The group's leader is not asked. A
///   serializable one takes none.
///
/// Rejections are those of [AnywhereDoor], and `WrongShard` for keys of another group, as far as
/// the replica (of a read) or the leader (of a write) knows: nothing was done, and nothing of it
/// will be.
public interface ShardDoor extends GroupDoor, ShardReads {
  GroupId group();

  /// Where the leader is, as far as this node knows, or guesses; [NodeId#NONE] if it does not.
  NodeId leader();

  /// Whether the group has a leader, as far as this node knows.
  boolean isLed();

  /// Puts a prepare into the group's log, whoever leads it; waits for locks, and attaches the group
  /// to leases, as writes do. The result is a `PrepareAnswer`. On the loop.
  Future<CommandResult> prepare(Command prepare, long deadlineNanos);

  /// Asks the group's leader to let another node lead, as
  /// [io.flotilla.raft.host.Group#transferTo]; only while it certainly has no effect it is asked
  /// again. On the loop.
  Future<Boolean> transfer(NodeId to, long deadlineNanos);

  /// Requests on their way or waiting.
  int waiting();
}
