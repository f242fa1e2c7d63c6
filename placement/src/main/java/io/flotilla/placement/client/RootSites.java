package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.GroupRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// [GroupSites] by the root group's replica on this node.
///
/// Nodes that shall have a replica are asked before those that are about to lose it. The order
/// begins behind the own id and goes round, so that nodes without a replica do not all ask the same
/// one.
///
/// @param self this node
public record RootSites(NodeId self, RootMachine machine) implements GroupSites {
  @Override
  public List<GroupId> groups() {
    return machine.groups().stream().map(record -> new GroupId(record.getGroup())).toList();
  }

  @Override
  public boolean exists(GroupId group) {
    return machine.group(group) != null;
  }

  @Override
  public boolean isWanted(GroupId group) {
    GroupRecord record = machine.group(group);
    return record != null
        && (Placements.isEverywhere(record) || record.getNodesList().contains(self.value()));
  }

  @Override
  public boolean isEverywhere(GroupId group) {
    GroupRecord record = machine.group(group);
    return record != null && Placements.isEverywhere(record);
  }

  @Override
  public List<NodeId> others(GroupId group) {
    GroupRecord record = machine.group(group);
    if (record == null) {
      return List.of();
    }
    List<NodeId> members = machine.members().list().stream().map(Member::id).toList();
    List<NodeId> others = new ArrayList<>(Placements.holders(record, members));
    others.removeIf(node -> node.equals(self) || !members.contains(node));
    var wanted = Placements.wanted(record, members);
    others.sort(
        Comparator.<NodeId, Boolean>comparing(node -> !wanted.contains(node))
            .thenComparing(node -> node.compareTo(self) < 0)
            .thenComparing(Comparator.naturalOrder()));
    return others;
  }
}
