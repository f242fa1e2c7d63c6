package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.proto.command.JournalItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Keeps what a machine tells about the order.
final class HeardOrder implements JournalListener {
  /// Revisions of one cut's run, or of a transaction.
  record Ordered(long first, long last, List<GroupId> owners) {}

  final Map<GroupId, List<JournalItem>> items = new TreeMap<>();
  final List<Ordered> ordered = new ArrayList<>();
  final List<ShardMap> maps = new ArrayList<>();
  int groupsChanged;
  long revision;
  int startedOver;

  @Override
  public void onMapChanged(ShardMap map) {
    maps.add(map);
  }

  @Override
  public void onGroupsChanged() {
    groupsChanged++;
  }

  @Override
  public void onItems(GroupId group, List<JournalItem> joined) {
    items.computeIfAbsent(group, _ -> new ArrayList<>()).addAll(joined);
  }

  @Override
  public void onOrdered(long firstRevision, long lastRevision, List<GroupId> owners) {
    ordered.add(new Ordered(firstRevision, lastRevision, owners));
  }

  @Override
  public void onAdvanced(long newRevision) {
    revision = newRevision;
  }

  @Override
  public void onStartedOver() {
    startedOver++;
  }

  List<JournalItem> items(int group) {
    return items.getOrDefault(new GroupId(group), List.of());
  }
}
