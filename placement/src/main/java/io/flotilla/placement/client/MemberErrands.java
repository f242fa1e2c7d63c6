package io.flotilla.placement.client;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.member.MemberAnswer;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.placement.service.MemberChanger;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.ChangedMembers;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/// Takes changes of the members to the leader of the root group, wherever it is, and serves those
/// that other nodes bring.
///
/// A change is asked for again while it certainly had no effect, until the deadline. One whose
/// outcome is unknown is not: it has no id that would make it run once.
public final class MemberErrands {
  private static final long RETRY_MILLIS = 20;

  /// What errands need from outside.
  ///
  /// @param loop the group's
  /// @param callers says on which loop callers are
  public record Ports(PeerCalls calls, Clock clock, Scheduler loop, Callers callers) {}

  private final NodeId self;
  private final Group group;
  private final MemberChanger changer;
  private final LongSupplier clusterId;
  private final Ports ports;

  /// @param changer for while this node leads
  public MemberErrands(
      NodeId self, Group group, MemberChanger changer, LongSupplier clusterId, Ports ports) {
    this.self = self;
    this.group = group;
    this.changer = changer;
    this.clusterId = clusterId;
    this.ports = ports;
  }

  /// Carries out a change; completes on the caller's loop, when it is applied here or refused.
  ///
  /// Rejections: `TimedOut`, `TooManyRequests` and `Stopped` say that nothing changed;
  /// `OutcomeUnknown` that something may have. Any thread.
  public Future<MemberAnswer> change(MemberRequest request, long deadlineNanos) {
    Promise<MemberAnswer> promise = Promise.promise();
    if (ports.callers().onHostLoop()) {
      attempt(request, deadlineNanos).onComplete(promise);
      return promise.future();
    }
    Callers.Caller caller = ports.callers().current();
    ports
        .loop()
        .execute(
            () ->
                attempt(request, deadlineNanos)
                    .onComplete(
                        outcome -> {
                          if (caller == null) {
                            promise.handle(outcome);
                          } else {
                            caller.loop().execute(() -> promise.handle(outcome));
                          }
                        }));
    return promise.future();
  }

  private Future<MemberAnswer> attempt(MemberRequest request, long deadlineNanos) {
    GroupStatus status = group.status();
    Future<MemberAnswer> answer;
    if (status.isLeader()) {
      answer = changer.change(request, deadlineNanos);
    } else if (!status.leader().equals(NodeId.NONE)) {
      answer = call(status.leader(), request, deadlineNanos);
    } else {
      answer = withoutLeader(request);
    }
    return answer.recover(failure -> mayRetry(failure, request, deadlineNanos));
  }

  /// What cannot be done anyway is said at once, as etcd does without asking anybody.
  private Future<MemberAnswer> withoutLeader(MemberRequest request) {
    MemberFault fault = changer.check(request);
    return fault == null
        ? Future.failedFuture(new Rejection.NoLeader().asException())
        : Future.succeededFuture(new MemberAnswer.Refused(fault));
  }

  private Future<MemberAnswer> mayRetry(
      Throwable failure, MemberRequest request, long deadlineNanos) {
    boolean notHere =
        failure instanceof RejectedException rejected
            && (rejected.rejection() instanceof Rejection.NoLeader
                || rejected.rejection() instanceof Rejection.NotLeader);
    if (!notHere) {
      return Future.failedFuture(failure);
    }
    if (ports.clock().nanoTime() + RETRY_MILLIS * 1_000_000 - deadlineNanos >= 0) {
      return Future.failedFuture(new Rejection.TimedOut().asException());
    }
    Promise<MemberAnswer> promise = Promise.promise();
    ports.loop().after(RETRY_MILLIS, () -> attempt(request, deadlineNanos).onComplete(promise));
    return promise.future();
  }

  private Future<MemberAnswer> call(NodeId leader, MemberRequest request, long deadlineNanos) {
    return ports
        .calls()
        .call(leader, MemberForms.encode(request), deadlineNanos)
        .compose(reply -> onReply(reply, deadlineNanos));
  }

  /// The change took effect; whoever asks here next is to see it, too, unless it was this very
  /// member that left: it may never hear.
  private Future<MemberAnswer> onReply(Reply reply, long deadlineNanos) {
    ChangedMembers changed = reply.getChangedMembers();
    MemberAnswer answer;
    try {
      answer = MemberForms.decode(changed);
    } catch (IllegalArgumentException ofALaterVersion) {
      return Future.failedFuture(new Rejection.OutcomeUnknown().asException());
    }
    boolean stays =
        answer instanceof MemberAnswer.Changed(var _, var members)
            && members.stream().anyMatch(member -> member.id().equals(self));
    return stays
        ? group
            .awaitApplied(changed.getIndex(), deadlineNanos)
            .transform(_ -> Future.succeededFuture(answer))
        : Future.succeededFuture(answer);
  }

  // ------------------------------------------------------------------- serving

  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.CHANGE_MEMBERS, this::serve);
  }

  private Future<Reply.Builder> serve(NodeId from, Call call, long deadlineNanos) {
    MemberRequest request = MemberForms.decode(call.getChangeMembers());
    if (request == null || call.getGroup() != group.id().value()) {
      return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
    }
    return changer
        .change(request, deadlineNanos)
        .map(
            answer ->
                Reply.newBuilder()
                    .setChangedMembers(
                        MemberForms.encode(
                            answer, clusterId.getAsLong(), group.status().appliedIndex())));
  }
}
