package io.flotilla.placement.service;

import io.flotilla.base.Invariants;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.raft.core.Membership;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The beginning of a cluster: every node that is configured with the same initial members arrives
/// at the same founding, before there is a log.
///
/// @param members the first members; all of them vote
public record Founding(List<Member> members) {
  public Founding {
    members = List.copyOf(members);
    Invariants.check(!members.isEmpty(), "a cluster has members");
    Invariants.check(members.stream().noneMatch(Member::learner), "first members vote");
  }

  long clusterId() {
    return MemberIds.clusterId(members.stream().map(Member::id).toList());
  }

  Membership voters() {
    Set<io.flotilla.base.NodeId> ids = members.stream().map(Member::id).collect(Collectors.toSet());
    return Membership.ofVoters(ids);
  }
}
