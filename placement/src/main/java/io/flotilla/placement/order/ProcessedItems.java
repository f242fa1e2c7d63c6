package io.flotilla.placement.order;

import io.flotilla.base.GroupId;

/// How far something that this node holds of a shard group has come in the group's journal: its
/// replica here, or what a replica elsewhere tells of it. On the loop.
public interface ProcessedItems {
  GroupId group();

  /// Number of the newest item whose effect is in the state; 0 for none.
  long processed();

  /// Revision of the newest processed item.
  long head();
}
