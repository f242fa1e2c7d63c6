package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.Invariants;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.map.ShardMapCodec;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.Membership;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The beginning of a cluster: every node that is configured with the same initial members and
/// shards arrives at the same founding, before there is a log.
///
/// @param members the first members; all of them vote
/// @param map the first one; its groups begin with a replica on every member
public record Founding(List<Member> members, ShardMap map) {
  public Founding {
    members = List.copyOf(members);
    Invariants.check(!members.isEmpty(), "a cluster has members");
    Invariants.check(members.stream().noneMatch(Member::learner), "first members vote");
  }

  /// A cluster whose root group serves every key.
  public Founding(List<Member> members) {
    this(members, ShardMap.initial());
  }

  /// The shard groups, ascending.
  public List<GroupRecord> groups() {
    List<Long> founders = members.stream().map(Member::id).sorted().map(NodeId::value).toList();
    return map.shards().stream()
        .map(Shard::group)
        .filter(group -> !group.equals(GroupId.ROOT))
        .distinct()
        .sorted()
        .map(
            group ->
                GroupRecord.newBuilder().setGroup(group.value()).addAllFounders(founders).build())
        .toList();
  }

  /// Nodes that were configured with different members or shards have different ids, and so nothing
  /// to do with each other. Without shard groups it is as etcd computes it.
  public long clusterId() {
    List<NodeId> ids = members.stream().map(Member::id).toList();
    return groups().isEmpty()
        ? MemberIds.clusterId(ids)
        : MemberIds.clusterId(ids, ShardMapCodec.encode(map).toByteArray());
  }

  /// The voters of every group.
  public Membership voters() {
    Set<NodeId> ids = members.stream().map(Member::id).collect(Collectors.toSet());
    return Membership.ofVoters(ids);
  }
}
