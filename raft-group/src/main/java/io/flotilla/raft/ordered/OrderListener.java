package io.flotilla.raft.ordered;

import io.flotilla.proto.command.JournalItem;

/// Hears on the group's loop how a shard group's replica moves. May ask the machine, offer it items
/// and advance it, but closes nothing.
public interface OrderListener {
  /// [ShardGroupMachine#executed] or [ShardGroupMachine#logged] grew: there is something to report.
  default void onExecuted() {}

  /// An item's effect is in the state, and its mutations were told.
  default void onProcessed(JournalItem item) {}

  /// What was refused as held may be let in now.
  default void onGateOpened() {}

  /// The whole state was replaced by a newer one; [ShardGroupMachine#processed] jumped.
  default void onReplaced() {}
}
