package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.GroupRecord;
import java.util.ArrayList;
import java.util.List;

/// [GroupSites] by the root group's replica on this node.
///
/// The order of asking begins behind the own id and goes round, so that nodes without a replica of a
/// group do not all ask the same one.
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
    List<NodeId> behind = new ArrayList<>();
    List<NodeId> before = new ArrayList<>();
    for (NodeId node : Placements.holders(record, members)) {
      if (!node.equals(self) && members.contains(node)) {
        (node.compareTo(self) > 0 ? behind : before).add(node);
      }
    }
    behind.addAll(before);
    return behind;
  }
}
