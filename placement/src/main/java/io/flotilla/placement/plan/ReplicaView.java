package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.GroupRecord;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Who has replicas, by the root group's state.
///
/// @param placed the groups that are on some nodes only
/// @param drained nodes that are to be emptied
public record ReplicaView(SortedMap<GroupId, Placed> placed, Set<NodeId> drained) {
  /// Every group is on every member.
  public static final ReplicaView NONE = new ReplicaView(new TreeMap<>(), Set.of());

  /// One group.
  ///
  /// @param nodes that shall have a replica
  /// @param leaving nodes that may not be given one yet
  /// @param moving whether the last placement is not carried out yet
  public record Placed(SortedSet<NodeId> nodes, Set<NodeId> leaving, boolean moving) {
    public Placed {
      nodes = Collections.unmodifiableSortedSet(new TreeSet<>(nodes));
      leaving = Set.copyOf(leaving);
    }
  }

  public ReplicaView {
    placed = Collections.unmodifiableSortedMap(new TreeMap<>(placed));
    drained = Set.copyOf(drained);
  }

  /// @param members of the cluster
  public static ReplicaView of(
      List<GroupRecord> records, Collection<NodeId> members, Collection<NodeId> drained) {
    var placed = new TreeMap<GroupId, Placed>();
    for (GroupRecord record : records) {
      if (!Placements.isEverywhere(record)) {
        var leaving = new TreeSet<NodeId>();
        record.getLeavingList().forEach(node -> leaving.add(new NodeId(node)));
        placed.put(
            new GroupId(record.getGroup()),
            new Placed(Placements.wanted(record, members), leaving, Placements.isMoving(record)));
      }
    }
    return new ReplicaView(placed, Set.copyOf(drained));
  }

  /// The nodes that a group is on; none for every member.
  Set<NodeId> nodes(GroupId group) {
    Placed where = placed.get(group);
    return where == null ? Set.of() : where.nodes();
  }

  int moving() {
    return (int) placed.values().stream().filter(Placed::moving).count();
  }
}
