package io.flotilla.placement.order;

import io.flotilla.placement.duty.Proposer;
import io.flotilla.proto.command.JournalItem;

/// The replica of one shard group on this node, as the drivers of the order see it. On the loop
/// that it shares with the root group's replica.
public interface OrderedReplica extends Proposer, ProcessedItems {
  /// Whether it leads and has applied all entries of earlier terms.
  boolean leads();

  /// Mutations executed, all of them committed.
  long executed();

  /// Mutations whose revision is known here.
  long ordered();

  /// Number of the newest item that the group's log holds and this replica has applied.
  long logged();

  /// Hands over an item of the group's journal. Numbers ascend; old ones are skipped.
  void offer(JournalItem item);
}
