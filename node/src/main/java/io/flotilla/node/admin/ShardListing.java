package io.flotilla.node.admin;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.node.replica.ReplicaSet;
import io.flotilla.node.replica.ShardReplica;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.ordered.ShardGroupMachine;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The shards and groups as one node knows them. On the loop of all replicas.
public record ShardListing(ReplicaSet replicas) {
  /// Everything but the handovers, which their driver knows best.
  public ListShardsResponse.Builder here() {
    RootMachine root = replicas.root().machine();
    RootFacts facts = root.facts();
    var list =
        ListShardsResponse.newBuilder()
            .setEpoch(facts.shardMap().epoch().value())
            .setRevision(root.revision());
    for (Shard shard : facts.shardMap().shards()) {
      list.addShards(
          ListShardsResponse.Shard.newBuilder()
              .setRange(Intervals.of(shard.range()))
              .setGroup(shard.group().value()));
    }
    list.addGroups(
        group(GroupId.ROOT)
            .setBytes(facts.storeBytes())
            .setKeys(keys(facts, GroupId.ROOT, root::liveKeys))
            .setCompleteTo(root.revision()));
    for (GroupRecord record : facts.groups()) {
      list.addGroups(shardGroup(facts, record));
    }
    facts.drained().stream().map(NodeId::value).forEach(list::addDrained);
    return list;
  }

  private ListShardsResponse.Group.Builder shardGroup(RootFacts facts, GroupRecord record) {
    var id = new GroupId(record.getGroup());
    ListShardsResponse.Group.Builder group =
        group(id)
            .addAllNodes(record.getNodesList())
            .addAllHolders(record.getHoldersList())
            .addAllLeaving(record.getLeavingList());
    ShardReplica replica = replicas.shards().get(id);
    if (replica != null) {
      ShardGroupMachine machine = replica.machine();
      group
          .setBytes(machine.storeBytes())
          .setKeys(keys(facts, id, machine::liveKeys))
          .setCompleteTo(replicas.completeTo(id));
    }
    return group;
  }

  private static long keys(RootFacts facts, GroupId group, ToLongFunction<KeyRange> count) {
    return facts.shardMap().ranges(group).stream().mapToLong(count).sum();
  }

  /// Who takes part, as this node's replica has applied it.
  private ListShardsResponse.Group.Builder group(GroupId id) {
    var group = ListShardsResponse.Group.newBuilder().setGroup(id.value());
    @Nullable GroupStatus status = replicas.status(id);
    if (status != null) {
      group.setHere(true);
      group.setLeader(status.leader().value());
      status.membership().voters().stream().map(NodeId::value).sorted().forEach(group::addVoters);
      status.membership().learners().stream()
          .map(NodeId::value)
          .sorted()
          .forEach(group::addLearners);
    }
    return group;
  }
}
