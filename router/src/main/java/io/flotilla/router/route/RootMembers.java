package io.flotilla.router.route;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.etcd.Member;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.router.error.ApiError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// The root group's members. They can be read, and leadership can move between them; they cannot be
/// changed while the cluster runs, which clients are told as etcd tells that it must not be done
/// now.
public final class RootMembers implements MemberDoor {
  private static final long LOOK_MILLIS = 20;

  private final GroupDoor group;
  private final Supplier<GroupStatus> status;
  private final Function<NodeId, Future<Boolean>> transfer;
  private final Clock clock;
  private final Scheduler scheduler;

  /// @param transfer as `Group.transferTo`
  /// @param scheduler runs on the loop of the request
  public RootMembers(
      GroupDoor group,
      Supplier<GroupStatus> status,
      Function<NodeId, Future<Boolean>> transfer,
      Clock clock,
      Scheduler scheduler) {
    this.group = group;
    this.status = status;
    this.transfer = transfer;
    this.clock = clock;
    this.scheduler = scheduler;
  }

  @Override
  public Future<List<Member>> members(long deadlineNanos) {
    return group
        .read(ReadMode.LINEARIZABLE, new RootQuery.GetCluster(), deadlineNanos)
        .map(RootView::inApiForm);
  }

  @Override
  public Future<Member> add(List<String> peerUrls, boolean learner, long deadlineNanos) {
    return Future.failedFuture(ApiError.UNHEALTHY.asException());
  }

  @Override
  public Future<Void> remove(long memberId, long deadlineNanos) {
    return Future.failedFuture(ApiError.UNHEALTHY.asException());
  }

  @Override
  public Future<Void> update(long memberId, List<String> peerUrls, long deadlineNanos) {
    return Future.failedFuture(ApiError.UNHEALTHY.asException());
  }

  @Override
  public Future<Void> promote(long memberId, long deadlineNanos) {
    return Future.failedFuture(ApiError.UNHEALTHY.asException());
  }

  @Override
  public Future<Void> moveLeader(long targetId, long deadlineNanos) {
    var target = new NodeId(targetId);
    return transfer
        .apply(target)
        .compose(
            asked ->
                asked
                    ? untilLed(target, deadlineNanos)
                    : Future.failedFuture(ApiError.BAD_LEADER_TRANSFEREE.asException()));
  }

  private Future<Void> untilLed(NodeId target, long deadlineNanos) {
    if (status.get().leader().equals(target)) {
      return Future.succeededFuture();
    }
    if (clock.nanoTime() - deadlineNanos >= 0) {
      return Future.failedFuture(ApiError.TIMEOUT_LEADER_TRANSFER.asException());
    }
    Promise<Void> led = Promise.promise();
    scheduler.after(LOOK_MILLIS, () -> untilLed(target, deadlineNanos).onComplete(led));
    return led.future();
  }
}
