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

  /// Whether every endpoint answered, all know the same leader, it is among them, and nobody's
  /// applied index is more than `lagMax` behind the leader's.
  public boolean isWhole(long lagMax) {
    Optional<MemberStatus> leader = members.stream().filter(MemberStatus::leads).findFirst();
    return members.size() == asked.size()
        && leader.isPresent()
        && members.stream()
            .allMatch(
                member ->
                    member.leaderId() == leader.get().memberId()
                        && member.appliedIndex() >= leader.get().appliedIndex() - lagMax);
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
