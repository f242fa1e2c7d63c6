package io.flotilla.placement.member;

import io.flotilla.base.NodeId;
import java.util.List;

/// A node of the cluster.
///
/// @param name empty until the member has started
/// @param peerUrls where other nodes reach it
/// @param clientUrls where clients reach it; empty until the member has started
/// @param learner receives the log but does not vote
public record Member(
    NodeId id, String name, List<String> peerUrls, List<String> clientUrls, boolean learner) {
  public Member {
    peerUrls = List.copyOf(peerUrls);
    clientUrls = List.copyOf(clientUrls);
    if (id.equals(NodeId.NONE)) {
      throw new IllegalArgumentException("a member has an id");
    }
  }

  /// A member that was added and has not started.
  public static Member added(NodeId id, List<String> peerUrls, boolean learner) {
    return new Member(id, "", peerUrls, List.of(), learner);
  }

  /// Whether it has told its name (etcd's measure of a started member).
  public boolean started() {
    return !name.isEmpty();
  }

  Member withAttributes(String newName, List<String> newClientUrls) {
    return new Member(id, newName, peerUrls, newClientUrls, learner);
  }

  Member withPeerUrls(List<String> newPeerUrls) {
    return new Member(id, name, newPeerUrls, clientUrls, learner);
  }

  Member withLearner(boolean isLearner) {
    return isLearner == learner ? this : new Member(id, name, peerUrls, clientUrls, isLearner);
  }
}
