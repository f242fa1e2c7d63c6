package io.flotilla.placement.service;

import io.flotilla.placement.member.Member;
import java.util.List;

/// A cluster and its members at one place in the log.
///
/// @param id 0 until it is known
/// @param members by id, ascending
public record Cluster(long id, List<Member> members) {
  public Cluster {
    members = List.copyOf(members);
  }
}
