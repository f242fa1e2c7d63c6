package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Handover;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Finds the groups that have had no keys, and no handover, for long: nobody waits for an answer
/// from them any more. Time counts from when this leader first saw them so. Pure.
final class EmptyGroups {
  private final long afterNanos;
  private final Map<GroupId, Long> sinceNanos = new TreeMap<>();

  EmptyGroups(long afterNanos) {
    this.afterNanos = afterNanos;
  }

  /// @param groups all shard groups
  /// @return those to be retired, ascending
  List<GroupId> look(
      Collection<GroupId> groups, ShardMap map, List<Handover> handovers, long nowNanos) {
    Set<GroupId> empty = new HashSet<>(groups);
    map.shards().forEach(shard -> empty.remove(shard.group()));
    for (Handover handover : handovers) {
      empty.remove(new GroupId(handover.getFrom()));
      empty.remove(new GroupId(handover.getTo()));
    }
    sinceNanos.keySet().retainAll(empty);
    empty.forEach(group -> sinceNanos.putIfAbsent(group, nowNanos));
    List<GroupId> due = new ArrayList<>();
    sinceNanos.forEach(
        (group, since) -> {
          if (nowNanos - since >= afterNanos) {
            due.add(group);
          }
        });
    return due;
  }

  /// This node leads no more.
  void forget() {
    sinceNanos.clear();
  }
}
