package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.proto.command.JournalItem;
import java.util.List;

/// Hears, on the root group's loop, what the root group's replica on this node learns about the
/// order of shard groups. Called after each entry that changed it, when the machine's state is that
/// after the entry; never while there are no shard groups.
public interface JournalListener {
  /// Items joined a group's journal.
  ///
  /// @param items by number, ascending without gap; continues what was told before
  default void onItems(GroupId group, List<JournalItem> items) {}

  /// Revisions were given to mutations: to those of one shard group, or a single one to a
  /// cross-shard transaction. The root group's own mutations are told to the listener of its keys
  /// only. Ascending; comes after the entry's [#onItems].
  ///
  /// @param owners the groups that may have changes at these revisions, ascending: more than one
  ///     for a transaction, which need not change something in each; the root group may be one
  default void onOrdered(long firstRevision, long lastRevision, List<GroupId> owners) {}

  /// The root group's state moved, and everything about this entry was told.
  ///
  /// @param revision the newest one
  default void onAdvanced(long revision) {}

  /// The whole state was replaced by a newer one: what happened meanwhile was not told, and whoever
  /// listens starts over with what the machine shows.
  default void onStartedOver() {}
}
