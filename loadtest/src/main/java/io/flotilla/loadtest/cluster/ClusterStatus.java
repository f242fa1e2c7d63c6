package io.flotilla.loadtest.cluster;

import io.flotilla.loadtest.client.Endpoint;
import java.util.List;
import java.util.Optional;

/// What the endpoints of a cluster said at about one time.
///
/// @param asked every endpoint that was asked
/// @param members those that answered, in the same order
public record ClusterStatus(List<Endpoint> asked, List<MemberStatus> members) {
  public ClusterStatus {
    asked = List.copyOf(asked);
    members = List.copyOf(members);
  }

  /// The endpoint of the member that leads, if one that was asked says so of itself.
  public Optional<Endpoint> leader() {
    return members.stream().filter(MemberStatus::leads).map(MemberStatus::endpoint).findFirst();
  }

  /// The endpoints of the voting members that do not lead.
  public List<Endpoint> followers() {
    return members.stream()
        .filter(member -> !member.leads() && !member.learner())
        .map(MemberStatus::endpoint)
        .toList();
  }

  /// The endpoints of the members that know the leader, which is among them, and whose applied
  /// index is at most `lagMax` behind its own; none without a leader.
  public List<Endpoint> inStep(long lagMax) {
    Optional<MemberStatus> leader = members.stream().filter(MemberStatus::leads).findFirst();
    return members.stream()
        .filter(member -> leader.isPresent() && follows(member, leader.get(), lagMax))
        .map(MemberStatus::endpoint)
        .toList();
  }

  private static boolean follows(MemberStatus member, MemberStatus leader, long lagMax) {
    return member.leaderId() == leader.memberId()
        && member.appliedIndex() >= leader.appliedIndex() - lagMax;
  }

  /// One line for people.
  public String describe() {
    var text = new StringBuilder();
    for (Endpoint endpoint : asked) {
      String state =
          members.stream()
              .filter(member -> member.endpoint().equals(endpoint))
              .map(ClusterStatus::describe)
              .findFirst()
              .orElse("no answer");
      text.append(text.isEmpty() ? "" : ", ").append(endpoint).append(' ').append(state);
    }
    return text.toString();
  }

  private static String describe(MemberStatus member) {
    String role = member.leads() ? "leads" : member.leaderId() == 0 ? "has no leader" : "follows";
    return role + " at " + member.appliedIndex();
  }
}
