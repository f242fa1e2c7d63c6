package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.JournalItem;
import java.util.List;

/// Hears, on the root group's loop, what the root group's replica on this node learns about the
/// order of shard groups. Called after each entry, when the machine's state is that after the
/// entry, but for [#onMapChanged]; never before the first shard group is founded.
///
/// For each entry: [#onOrdered] and [#onMapChanged] in the order in which they happened, then
/// [#onGroupsChanged], [#onItems], the rest of [#onOrdered], and [#onAdvanced].
public interface JournalListener {
  /// The shard map changed, between two revisions: every revision of shard groups before was told
  /// by [#onOrdered], those of the root group's own keys to the listener of these, and what is told
  /// from now on stands behind it. Called while the entry is executed; the machine's map and newest
  /// revision are those of this place, and nothing may be changed from here.
  default void onMapChanged(ShardMap map) {}

  /// Shard groups were founded, retired, or placed on other nodes.
  default void onGroupsChanged() {}

  /// Items joined a group's journal.
  ///
  /// @param items by number, ascending without gap; continues what was told before
  default void onItems(GroupId group, List<JournalItem> items) {}

  /// Revisions were given to mutations: to those of one shard group, or a single one to a
  /// cross-shard transaction. The root group's own mutations are told to the listener of its keys
  /// only. Ascending; comes after the entry's [#onItems] unless the entry changes the map behind
  /// these revisions.
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
