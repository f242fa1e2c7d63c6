package io.flotilla.placement.service;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Invariants;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.map.ShardMapCodec;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The beginning of a cluster: every node that is configured with the same initial members and
/// shards arrives at the same founding, before there is a log.
///
/// @param members the first members; all of them vote
/// @param map the first one
/// @param replicas on how many nodes a group begins; 0 is every member, as where there are fewer
public record Founding(List<Member> members, ShardMap map, int replicas) {
  public Founding {
    members = List.copyOf(members);
    Invariants.check(!members.isEmpty(), "a cluster has members");
    Invariants.check(members.stream().noneMatch(Member::learner), "first members vote");
    Invariants.checkAtMost(0, replicas, "a number of replicas is not negative");
  }

  /// Every group begins with a replica on every member.
  public Founding(List<Member> members, ShardMap map) {
    this(members, map, 0);
  }

  /// A cluster whose root group serves every key.
  public Founding(List<Member> members) {
    this(members, ShardMap.initial());
  }

  /// The shard groups, ascending.
  public List<GroupRecord> groups() {
    List<NodeId> all = members.stream().map(Member::id).sorted().toList();
    var load = new Placements.Load(List.of(), all, List.of());
    List<GroupRecord> groups = new ArrayList<>();
    map.shards().stream()
        .map(Shard::group)
        .filter(group -> !group.equals(GroupId.ROOT))
        .distinct()
        .sorted()
        .forEach(group -> groups.add(group(group, all, load)));
    return List.copyOf(groups);
  }

  private GroupRecord group(GroupId group, List<NodeId> all, Placements.Load load) {
    List<NodeId> nodes = Placements.choose(replicas, all, load, List.of());
    load.add(nodes);
    List<Long> ids = nodes.stream().map(NodeId::value).toList();
    return GroupRecord.newBuilder()
        .setGroup(group.value())
        .addAllFounders((nodes.isEmpty() ? all : nodes).stream().map(NodeId::value).toList())
        .addAllNodes(ids)
        .addAllHolders(ids)
        .build();
  }

  /// Nodes that were configured with different members, shards or replicas have different ids, and
  /// so nothing to do with each other. Without shard groups it is as etcd computes it.
  public long clusterId() {
    List<NodeId> ids = members.stream().map(Member::id).toList();
    if (groups().isEmpty()) {
      return MemberIds.clusterId(ids);
    }
    ByteString shards = ShardMapCodec.encode(map).toByteString();
    ByteString placed =
        replicas == 0 ? ByteString.EMPTY : ByteString.copyFromUtf8("replicas " + replicas);
    return MemberIds.clusterId(ids, shards.concat(placed).toByteArray());
  }

  /// The voters of the root group.
  public Membership voters() {
    Set<NodeId> ids = members.stream().map(Member::id).collect(Collectors.toSet());
    return Membership.ofVoters(ids);
  }
}
