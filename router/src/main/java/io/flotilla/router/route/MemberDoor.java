package io.flotilla.router.route;

import io.flotilla.placement.member.MemberRequest;
import io.flotilla.proto.etcd.Member;
import io.vertx.core.Future;
import java.util.List;

/// Reads and changes of who is a member. Members come by unsigned id, ascending. Futures complete
/// on the caller's loop.
public interface MemberDoor {
  /// The members as of a linearizable point.
  Future<List<Member>> members(long deadlineNanos);

  /// Changes the members, after etcd's checks; completes when that is applied here.
  Future<Changed> change(MemberRequest request, long deadlineNanos);

  /// The members after a change.
  ///
  /// @param member id of the one it was about; of an added one the new id
  record Changed(long member, List<Member> members) {
    public Changed {
      members = List.copyOf(members);
    }
  }

  /// Makes another voter the leader; completes when it leads. Only the leader's own node does it.
  Future<Void> moveLeader(long targetId, long deadlineNanos);
}
