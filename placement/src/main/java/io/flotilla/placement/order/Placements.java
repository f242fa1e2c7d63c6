package io.flotilla.placement.order;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.NodeId;
import io.flotilla.proto.command.GroupRecord;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// Which nodes have a replica of a shard group, by its record, and what becomes of the record when
/// the group is placed (docs/design/0012). Pure.
///
///     every member --place--> nodes, and holders that are more --settle--> holders = nodes
///
/// A node that the group is rid of is *leaving* until it says that its replica is removed. Nobody
/// gives it a replica again before: it might take the old one for it, and remove it then.
public final class Placements {
  private Placements() {}

  // ---- what a record says

  /// Whether every member of the cluster shall have a replica.
  public static boolean isEverywhere(GroupRecord record) {
    return record.getNodesCount() == 0;
  }

  /// The nodes that shall have a replica.
  ///
  /// @param members of the cluster, learners included
  public static SortedSet<NodeId> wanted(GroupRecord record, Collection<NodeId> members) {
    if (isEverywhere(record)) {
      return new TreeSet<>(members);
    }
    SortedSet<NodeId> nodes = ids(record.getNodesList());
    nodes.retainAll(members);
    return nodes;
  }

  /// The nodes that may have a replica that counts; at least those that are wanted.
  ///
  /// @param members of the cluster, learners included
  public static SortedSet<NodeId> holders(GroupRecord record, Collection<NodeId> members) {
    SortedSet<NodeId> holders = ids(record.getHoldersList());
    if (isEverywhere(record)) {
      holders.addAll(members);
    }
    return holders;
  }

  /// Whether a node, which is a member, has a replica or is to have one.
  public static boolean hosts(GroupRecord record, NodeId node) {
    return isEverywhere(record)
        || record.getNodesList().contains(node.value())
        || record.getHoldersList().contains(node.value());
  }

  /// Whether the group is rid of a node that has not said yet that its replica is removed.
  public static boolean isLeaving(GroupRecord record, NodeId node) {
    return record.getLeavingList().contains(node.value());
  }

  /// Whether nodes may still hold what they shall not, or not hold what they shall.
  public static boolean isMoving(GroupRecord record) {
    return !record.getHoldersList().equals(record.getNodesList());
  }

  private static SortedSet<NodeId> ids(Collection<Long> values) {
    var ids = new TreeSet<NodeId>();
    values.forEach(value -> ids.add(new NodeId(value)));
    return ids;
  }

  // ---- what becomes of it

  /// Other nodes shall have a replica; those that may have one go on having it.
  ///
  /// @param nodes none for every member
  static GroupRecord place(
      GroupRecord record, Collection<NodeId> nodes, Collection<NodeId> members) {
    SortedSet<NodeId> holders = holders(record, members);
    holders.addAll(nodes);
    check(nodes.stream().noneMatch(node -> isLeaving(record, node)), "who leaves has left first");
    return record.toBuilder()
        .clearNodes()
        .addAllNodes(values(nodes))
        .clearHolders()
        .addAllHolders(values(holders))
        .setPlacement(record.getPlacement() + 1)
        .build();
  }

  /// The group's own members are those that shall be: others are leaving.
  static GroupRecord settle(GroupRecord record, Collection<NodeId> members) {
    SortedSet<NodeId> left = holders(record, members);
    left.removeAll(wanted(record, members));
    left.retainAll(members);
    left.addAll(ids(record.getLeavingList()));
    return record.toBuilder()
        .clearHolders()
        .addAllHolders(record.getNodesList())
        .clearLeaving()
        .addAllLeaving(values(left))
        .build();
  }

  /// A node that was leaving has left.
  static GroupRecord drop(GroupRecord record, NodeId node) {
    SortedSet<NodeId> leaving = ids(record.getLeavingList());
    leaving.remove(node);
    return record.toBuilder().clearLeaving().addAllLeaving(values(leaving)).build();
  }

  /// Without nodes that are members no more. A record that would name no node is as it was: the
  /// group is not everywhere because its last node is gone.
  static GroupRecord prune(GroupRecord record, Collection<NodeId> members) {
    SortedSet<NodeId> nodes = ids(record.getNodesList());
    SortedSet<NodeId> holders = ids(record.getHoldersList());
    SortedSet<NodeId> leaving = ids(record.getLeavingList());
    boolean gone =
        nodes.retainAll(members) | holders.retainAll(members) | leaving.retainAll(members);
    if (!gone || (nodes.isEmpty() && !isEverywhere(record))) {
      return record;
    }
    return record.toBuilder()
        .clearNodes()
        .addAllNodes(values(nodes))
        .clearHolders()
        .addAllHolders(values(holders))
        .clearLeaving()
        .addAllLeaving(values(leaving))
        .build();
  }

  private static List<Long> values(Collection<NodeId> nodes) {
    return new TreeSet<>(nodes).stream().map(NodeId::value).toList();
  }

  // ---- a group that is new

  /// The nodes that a new group is to have replicas on: those with the fewest replicas, drained
  /// ones last, those near to it first among equals. None, which is every member, for no number and
  /// where there are fewer voters.
  ///
  /// @param count of replicas; 0 for every member
  /// @param near nodes that have what the group is to receive
  public static List<NodeId> choose(
      int count, Collection<NodeId> voters, Load load, Collection<NodeId> near) {
    if (count == 0 || voters.size() < count) {
      return List.of();
    }
    return voters.stream()
        .sorted(
            Comparator.comparing(load::isDrained)
                .thenComparingInt(load::replicas)
                .thenComparing(node -> !near.contains(node))
                .thenComparing(Comparator.naturalOrder()))
        .limit(count)
        .sorted()
        .toList();
  }

  /// How many replicas nodes have.
  public static final class Load {
    private final Map<NodeId, Integer> replicas = new HashMap<>();
    private final Collection<NodeId> drained;

    /// @param records of all groups
    /// @param voters of the cluster
    /// @param drained nodes that are to be emptied
    public Load(
        Collection<GroupRecord> records, Collection<NodeId> voters, Collection<NodeId> drained) {
      this.drained = drained;
      records.forEach(record -> add(wanted(record, voters)));
    }

    /// One more group has replicas there.
    public void add(Collection<NodeId> nodes) {
      nodes.forEach(node -> replicas.merge(node, 1, Integer::sum));
    }

    public int replicas(NodeId node) {
      return replicas.getOrDefault(node, 0);
    }

    boolean isDrained(NodeId node) {
      return drained.contains(node);
    }
  }
}
