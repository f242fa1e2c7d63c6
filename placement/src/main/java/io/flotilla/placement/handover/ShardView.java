package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.raft.core.Membership;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;

/// What changes of the shards are checked against: the root leader's view of one moment.
///
/// @param handovers neither committed nor abandoned, by number
/// @param groups all groups with their leaders and voters, as this node knows them
/// @param alarm the name of an alarm that is on; empty for none
/// @param placed who has replicas
record ShardView(
    ShardMap map,
    List<Handover> handovers,
    SortedMap<GroupId, Led> groups,
    String alarm,
    Placed placed) {
  /// @param leader [NodeId#NONE] while unknown
  record Led(NodeId leader, Collection<NodeId> voters) {}

  /// Who has replicas, and who may have some.
  ///
  /// @param records of the shard groups, ascending
  /// @param members of the cluster
  /// @param drained nodes that are to be emptied
  record Placed(List<GroupRecord> records, Membership members, List<NodeId> drained) {
    static final Placed NOTHING = new Placed(List.of(), Membership.none(), List.of());
  }
}
