package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.proto.command.JournalItem;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;

/// What one entry does to the order, gathered while it is executed and told when all of it is in
/// the state; only a change of the map is told at once, behind what comes before it. Costs nothing
/// while it gathers nothing.
final class OrderFeed {
  private record Ordered(long first, long last, List<GroupId> owners) {}

  private final List<JournalListener> listeners = new ArrayList<>();
  private final SequencedMap<GroupId, List<JournalItem>> items = new TreeMap<>();
  private final List<Ordered> ordered = new ArrayList<>();
  private boolean groupsChanged;

  void add(JournalListener listener) {
    listeners.add(listener);
  }

  /// An item joined a group's journal.
  void item(GroupId group, JournalItem item) {
    items.computeIfAbsent(group, _ -> new ArrayList<>()).add(item);
  }

  /// Revisions were given to mutations of these groups.
  void ordered(long first, long last, List<GroupId> owners) {
    ordered.add(new Ordered(first, last, owners));
  }

  /// Groups were founded, retired, or placed on other nodes.
  void groups() {
    groupsChanged = true;
  }

  /// The map changed: it is in the state.
  void map(ShardMap next) {
    tellOrdered();
    listeners.forEach(each -> each.onMapChanged(next));
  }

  /// The entry is in the state.
  ///
  /// @param revision the newest one
  void tell(long revision) {
    if (groupsChanged) {
      groupsChanged = false;
      listeners.forEach(JournalListener::onGroupsChanged);
    }
    items.forEach((group, joined) -> tellItems(group, List.copyOf(joined)));
    items.clear();
    tellOrdered();
    listeners.forEach(each -> each.onAdvanced(revision));
  }

  private void tellOrdered() {
    for (Ordered run : ordered) {
      listeners.forEach(each -> each.onOrdered(run.first(), run.last(), run.owners()));
    }
    ordered.clear();
  }

  private void tellItems(GroupId group, List<JournalItem> joined) {
    listeners.forEach(each -> each.onItems(group, joined));
  }

  /// The state was replaced.
  void startOver() {
    listeners.forEach(JournalListener::onStartedOver);
  }
}
