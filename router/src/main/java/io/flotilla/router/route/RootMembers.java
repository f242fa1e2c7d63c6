package io.flotilla.router.route;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.member.MemberAnswer;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.etcd.Member;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// The root group's members: read anywhere, changed by the leader, wherever that is.
public final class RootMembers implements MemberDoor {
  private static final long LOOK_MILLIS = 5;

  private final GroupDoor group;
  private final Changes changes;
  private final Supplier<GroupStatus> status;
  private final Function<NodeId, Future<Boolean>> transfer;
  private final Clock clock;
  private final Scheduler scheduler;

  /// How changes are carried out, as `MemberErrands.change`.
  @FunctionalInterface
  public interface Changes {
    Future<MemberAnswer> change(MemberRequest request, long deadlineNanos);
  }

  /// What belongs to the replica on this node.
  ///
  /// @param transfer as `Group.transferTo`
  public record Replica(Supplier<GroupStatus> status, Function<NodeId, Future<Boolean>> transfer) {}

  /// @param scheduler runs on the loop of the request
  public RootMembers(
      GroupDoor group, Changes changes, Replica replica, Clock clock, Scheduler scheduler) {
    this.group = group;
    this.changes = changes;
    this.status = replica.status();
    this.transfer = replica.transfer();
    this.clock = clock;
    this.scheduler = scheduler;
  }

  @Override
  public Future<List<Member>> members(long deadlineNanos) {
    return group
        .read(ReadMode.LINEARIZABLE, new RootQuery.GetCluster(), deadlineNanos)
        .map(cluster -> RootView.inApiForm(cluster.members()));
  }

  @Override
  public Future<Changed> change(MemberRequest request, long deadlineNanos) {
    return changes
        .change(request, deadlineNanos)
        .compose(
            answer ->
                switch (answer) {
                  case MemberAnswer.Changed(var member, var members) ->
                      Future.succeededFuture(
                          new Changed(member.value(), RootView.inApiForm(members)));
                  case MemberAnswer.Refused(var fault) ->
                      Future.failedFuture(answer(fault).asException());
                });
  }

  private static ApiError answer(MemberFault fault) {
    return switch (fault) {
      case INVALID_URLS -> ApiError.INVALID_MEMBER_URLS;
      case NOT_ENOUGH_STARTED -> ApiError.NOT_ENOUGH_STARTED;
      case NOT_FOUND -> ApiError.MEMBER_NOT_FOUND;
      case PEER_URL_EXISTS -> ApiError.PEER_URL_EXISTS;
      case TOO_MANY_LEARNERS -> ApiError.TOO_MANY_LEARNERS;
      case NOT_A_LEARNER -> ApiError.MEMBER_NOT_LEARNER;
      case ID_EXISTS -> ApiError.MEMBER_EXISTS;
      case UNHEALTHY -> ApiError.UNHEALTHY;
      case NOT_IN_SYNC -> ApiError.LEARNER_NOT_READY;
    };
  }

  @Override
  public Future<Void> moveLeader(long targetId, long deadlineNanos) {
    var target = new NodeId(targetId);
    return transfer
        .apply(target)
        .compose(
            asked -> asked ? untilLed(target, deadlineNanos) : Future.failedFuture(notAsked()));
  }

  /// The replica does not lead any more, or the target has no vote.
  private ApiException notAsked() {
    boolean leads = status.get().isLeader();
    return (leads ? ApiError.BAD_LEADER_TRANSFEREE : ApiError.NOT_LEADER).asException();
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
