package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.handover.ShardRules.Decision;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.command.GroupPlace;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.NodeDrain;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Decides what a request about the nodes of groups leads to, or why to nothing: in words, and with
/// the remedy. Pure.
final class PlaceRules {
  private final ShardView view;
  private final ShardView.Placed placed;

  PlaceRules(ShardView view) {
    this.view = view;
    this.placed = view.placed();
  }

  /// These nodes have the replicas of a group; none for every member.
  Decision place(ChangeShardsRequest.Place asked) {
    GroupRecord record = record(asked.getGroup());
    if (record == null) {
      return unknown(asked.getGroup());
    }
    var nodes = new TreeSet<NodeId>();
    for (long value : asked.getNodesList()) {
      if (!nodes.add(new NodeId(value))) {
        return ShardRules.refuse("node " + new NodeId(value) + " is named twice");
      }
    }
    return place(record, nodes);
  }

  /// One replica of a group goes from a node to another one, or comes to it if it is from none.
  Decision move(ChangeShardsRequest.Move asked) {
    GroupRecord record = record(asked.getGroup());
    if (record == null) {
      return unknown(asked.getGroup());
    }
    var from = new NodeId(asked.getFrom());
    var to = new NodeId(asked.getTo());
    if (Placements.isEverywhere(record)) {
      return ShardRules.refuse(
          "group %d is on every member: name the nodes that it is to be on (shard place)"
              .formatted(record.getGroup()));
    }
    Set<NodeId> nodes = nodes(record);
    if (!from.equals(NodeId.NONE) && !nodes.remove(from)) {
      return ShardRules.refuse(
          "group %d is not on node %s; it is on %s"
              .formatted(record.getGroup(), from, names(nodes)));
    }
    return nodes.add(to)
        ? place(record, nodes)
        : ShardRules.refuse("group %d is on node %s already".formatted(record.getGroup(), to));
  }

  private static Set<NodeId> nodes(GroupRecord record) {
    var nodes = new TreeSet<NodeId>();
    record.getNodesList().forEach(value -> nodes.add(new NodeId(value)));
    return nodes;
  }

  private Decision place(GroupRecord record, Set<NodeId> nodes) {
    String why = refusal(record, nodes);
    return why == null
        ? new Decision.Place(
            GroupPlace.newBuilder()
                .setGroup(record.getGroup())
                .addAllNodes(nodes.stream().map(NodeId::value).toList())
                .setPlacement(record.getPlacement())
                .build())
        : ShardRules.refuse(why);
  }

  private @Nullable String refusal(GroupRecord record, Set<NodeId> nodes) {
    Set<NodeId> now = nodes(record);
    for (NodeId node : nodes) {
      if (!placed.members().voters().contains(node)) {
        return "node %s is no voting member of the cluster; those that are: %s"
            .formatted(node, names(placed.members().voters()));
      }
      if (placed.drained().contains(node) && !now.contains(node)) {
        return "node %s is to be emptied; undrain it first, or name another".formatted(node);
      }
    }
    if (now.equals(nodes)) {
      return nodes.isEmpty()
          ? "group %d is on every member already".formatted(record.getGroup())
          : "group %d is on these nodes already".formatted(record.getGroup());
    }
    for (NodeId node : nodes.isEmpty() ? placed.members().members() : nodes) {
      if (Placements.isLeaving(record, node)) {
        return "node %s has not removed its last replica of group %d yet; ask again when it has"
            .formatted(node, record.getGroup());
      }
    }
    return beingFounded(record.getGroup());
  }

  private @Nullable String beingFounded(int group) {
    boolean founded =
        view.handovers().stream().anyMatch(each -> each.getTo() == group)
            && !view.map().groups().contains(new GroupId(group));
    return founded
        ? "group %d is being founded by a handover; wait for it, or cancel it".formatted(group)
        : null;
  }

  /// A node is to be emptied, or filled again.
  Decision drain(ChangeShardsRequest.Drain asked) {
    var node = new NodeId(asked.getNode());
    if (!placed.members().members().contains(node)) {
      return ShardRules.refuse("node %s is no member of the cluster".formatted(node));
    }
    boolean drained = placed.drained().contains(node);
    if (drained != asked.getUndo()) {
      return ShardRules.refuse(
          drained
              ? "node %s is being emptied already".formatted(node)
              : "node %s is not being emptied".formatted(node));
    }
    return new Decision.Drain(
        NodeDrain.newBuilder().setNode(node.value()).setDrained(!asked.getUndo()).build());
  }

  // ---- words

  private @Nullable GroupRecord record(int group) {
    return placed.records().stream()
        .filter(record -> record.getGroup() == group)
        .findFirst()
        .orElse(null);
  }

  private static Decision unknown(int group) {
    return group == GroupId.ROOT.value()
        ? ShardRules.refuse("the root group is on every member: all nodes go by it")
        : ShardRules.refuse("there is no group " + Integer.toUnsignedString(group));
  }

  private static String names(Collection<NodeId> nodes) {
    return ShardRules.list(new TreeSet<>(nodes).stream().map(NodeId::toString).toList());
  }
}
