package io.flotilla.router.route;

import io.flotilla.proto.etcd.Member;
import io.vertx.core.Future;
import java.util.List;

/// Reads and changes of who is a member. Members come by unsigned id, ascending.
public interface MemberDoor {
  /// The members as of a linearizable point.
  Future<List<Member>> members(long deadlineNanos);

  /// Adds a member whose URLs have been checked.
  ///
  /// @return the new member
  Future<Member> add(List<String> peerUrls, boolean learner, long deadlineNanos);

  Future<Void> remove(long memberId, long deadlineNanos);

  Future<Void> update(long memberId, List<String> peerUrls, long deadlineNanos);

  Future<Void> promote(long memberId, long deadlineNanos);

  /// Makes another member the leader; completes when it leads.
  Future<Void> moveLeader(long targetId, long deadlineNanos);
}
