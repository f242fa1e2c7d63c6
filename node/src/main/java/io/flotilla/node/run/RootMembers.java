package io.flotilla.node.run;

import io.flotilla.base.NodeId;
import io.flotilla.placement.client.RootClient;
import io.flotilla.proto.etcd.Member;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.route.MemberDoor;
import io.vertx.core.Future;
import java.util.List;

/// Members as the root group keeps them.
///
/// A node has no connection to others: who could be added could never be reached, so the cluster is
/// as etcd's with too few members that answer. What a cluster of one may do, it does.
record RootMembers(RootClient root, Group group, NodeId self) implements MemberDoor {
  @Override
  public Future<List<Member>> members(long deadlineNanos) {
    return root.cluster(ReadMode.LINEARIZABLE, deadlineNanos)
        .map(cluster -> cluster.members().stream().map(RootView::message).toList());
  }

  @Override
  public Future<Member> add(List<String> peerUrls, boolean learner, long deadlineNanos) {
    return unreachable();
  }

  @Override
  public Future<Void> remove(long memberId, long deadlineNanos) {
    return unreachable();
  }

  @Override
  public Future<Void> update(long memberId, List<String> peerUrls, long deadlineNanos) {
    return unreachable();
  }

  @Override
  public Future<Void> promote(long memberId, long deadlineNanos) {
    return unreachable();
  }

  @Override
  public Future<Void> moveLeader(long targetId, long deadlineNanos) {
    if (targetId == self.value() && group.status().isLeader()) {
      return Future.succeededFuture();
    }
    return group
        .transferTo(new NodeId(targetId))
        .compose(
            begun ->
                begun
                    ? Future.succeededFuture()
                    : Future.failedFuture(ApiError.BAD_LEADER_TRANSFEREE.asException()));
  }

  private static <T> Future<T> unreachable() {
    return Future.failedFuture(ApiError.UNHEALTHY.asException());
  }
}
