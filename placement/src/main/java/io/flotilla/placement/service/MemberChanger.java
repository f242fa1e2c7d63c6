package io.flotilla.placement.service;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberAnswer;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.MemberPeerUrls;
import io.flotilla.raft.core.MemberChange.Step;
import io.flotilla.raft.core.MemberProgress;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.transport.PeerHealth;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Changes the members of the cluster, at the leader of the root group: checks as etcd does, on
/// what is applied here, then puts the change into the log. One at a time, in the order of asking.
///
/// On the group's loop.
public final class MemberChanger {
  /// How long a connection counts for nothing (etcd's health interval).
  static final long HEALTH_NANOS = 5_000_000_000L;

  /// Changes that may wait for one another.
  static final int WAITING_MAX = 64;

  private static final long RETRY_MILLIS = 10;

  /// A learner is in sync when it holds this part of the leader's log, in percent (etcd behaviour).
  private static final int IN_SYNC_PERCENT = 90;

  /// What a change works with.
  ///
  /// @param group the root group's replica here
  /// @param machine its state
  /// @param loop the group's
  public record Ports(
      Group group, RootMachine machine, PeerHealth health, Clock clock, Scheduler loop) {}

  private final NodeId self;
  private final MemberChecks.Rules rules;
  private final Ports ports;
  private Future<?> last = Future.succeededFuture();
  private int waiting;

  public MemberChanger(NodeId self, MemberChecks.Rules rules, Ports ports) {
    this.self = self;
    this.rules = rules;
    this.ports = ports;
  }

  /// Carries out a change; completes when it is applied here, or refused by a check.
  ///
  /// Rejections: `NoLeader`, `NotLeader`, `TooManyRequests`, `TimedOut`, `Stopped` say that nothing
  /// changed and nothing will; `OutcomeUnknown` that it may.
  public Future<MemberAnswer> change(MemberRequest request, long deadlineNanos) {
    if (waiting >= WAITING_MAX) {
      return failed(new Rejection.TooManyRequests());
    }
    waiting++;
    Future<MemberAnswer> turn = last.transform(_ -> attempt(request, deadlineNanos));
    last = turn;
    return turn.onComplete(_ -> waiting--);
  }

  /// The first fault that this replica would find, by what it knows: it need not lead, so it does
  /// not know who is in sync. Null for none.
  public @Nullable MemberFault check(MemberRequest request) {
    return checks(null).check(request, idFor(request));
  }

  private Future<MemberAnswer> attempt(MemberRequest request, long deadlineNanos) {
    GroupStatus status = ports.group().status();
    if (!status.isLeader()) {
      return failed(
          status.leader().equals(NodeId.NONE)
              ? new Rejection.NoLeader()
              : new Rejection.NotLeader(status.leader()));
    }
    if (ports.clock().nanoTime() - deadlineNanos >= 0) {
      return failed(new Rejection.TimedOut());
    }
    if (!status.ready() || status.membership().isJoint()) {
      return later(request, deadlineNanos);
    }
    return ports
        .group()
        .progress()
        .compose(progress -> checked(request, progress, deadlineNanos))
        .recover(failure -> mayRetry(failure, request, deadlineNanos));
  }

  /// An earlier change is under way, possibly another leader's or one whose client gave up.
  private Future<MemberAnswer> mayRetry(
      Throwable failure, MemberRequest request, long deadlineNanos) {
    boolean busy =
        failure instanceof RejectedException rejected
            && rejected.rejection() instanceof Rejection.TooManyRequests;
    return busy ? later(request, deadlineNanos) : Future.failedFuture(failure);
  }

  private Future<MemberAnswer> later(MemberRequest request, long deadlineNanos) {
    Promise<MemberAnswer> promise = Promise.promise();
    ports.loop().after(RETRY_MILLIS, () -> attempt(request, deadlineNanos).onComplete(promise));
    return promise.future();
  }

  private Future<MemberAnswer> checked(
      MemberRequest request, List<MemberProgress> progress, long deadlineNanos) {
    NodeId id = idFor(request);
    MemberFault fault = checks(progress).check(request, id);
    if (fault != null) {
      return Future.succeededFuture(new MemberAnswer.Refused(fault));
    }
    return switch (request) {
      case MemberRequest.Add(var peerUrls, var learner) -> {
        var added = Member.added(id, peerUrls, learner);
        Step step = learner ? new Step.AddLearner(id) : new Step.AddVoter(id);
        yield propose(step, Stream.concat(members(), Stream.of(added)), deadlineNanos);
      }
      case MemberRequest.Remove _ ->
          propose(
              new Step.Remove(id),
              members().filter(member -> !member.id().equals(id)),
              deadlineNanos);
      case MemberRequest.Promote _ -> propose(new Step.AddVoter(id), members(), deadlineNanos);
      case MemberRequest.Update(var _, var peerUrls) -> move(id, peerUrls, deadlineNanos);
    };
  }

  private Future<MemberAnswer> propose(Step step, Stream<Member> after, long deadlineNanos) {
    long cluster = ports.machine().members().clusterId();
    byte[] context = MemberCodec.encode(cluster, after.toList()).toByteArray();
    return ports
        .group()
        .changeMembers(List.of(step), context, deadlineNanos)
        .map(_ -> changed(step.node()))
        .recover(MemberChanger::refuseTheLastVoter);
  }

  /// Only without the strict checks: the group itself does not let its last voter go.
  private static Future<MemberAnswer> refuseTheLastVoter(Throwable failure) {
    return failure instanceof IllegalArgumentException
        ? Future.succeededFuture(new MemberAnswer.Refused(MemberFault.NOT_ENOUGH_STARTED))
        : Future.failedFuture(failure);
  }

  private Future<MemberAnswer> move(NodeId id, List<String> peerUrls, long deadlineNanos) {
    var moved = MemberPeerUrls.newBuilder().setMemberId(id.value()).addAllPeerUrls(peerUrls);
    return ports
        .group()
        .propose(Command.newBuilder().setMemberPeerUrls(moved).build(), deadlineNanos)
        .compose(
            result ->
                switch (result) {
                  case CommandResult.Done _ -> Future.succeededFuture(changed(id));
                  case CommandResult.Rejected(var why) -> failed(why);
                });
  }

  private MemberAnswer changed(NodeId id) {
    return new MemberAnswer.Changed(id, ports.machine().members().list());
  }

  private Stream<Member> members() {
    return ports.machine().members().list().stream();
  }

  private NodeId idFor(MemberRequest request) {
    return switch (request) {
      case MemberRequest.Add(var peerUrls, var _) ->
          MemberIds.ofAdded(peerUrls, ports.clock().wallMillis());
      case MemberRequest.Remove(var id) -> id;
      case MemberRequest.Update(var id, var _) -> id;
      case MemberRequest.Promote(var id) -> id;
    };
  }

  // ------------------------------------------------------------------- what is known

  private MemberChecks checks(@Nullable List<MemberProgress> progress) {
    return new MemberChecks(ports.machine().members().list(), rules, new Known(progress));
  }

  private final class Known implements MemberChecks.View {
    /// What the leader knows of the members; null elsewhere.
    private final @Nullable List<MemberProgress> progress;

    Known(@Nullable List<MemberProgress> progress) {
      this.progress = progress;
    }

    @Override
    public boolean wasRemoved(NodeId id) {
      return ports.machine().members().wasRemoved(id);
    }

    @Override
    public boolean isReachable(NodeId id) {
      return id.equals(self) || ports.health().isReachable(id);
    }

    @Override
    public boolean isConnected(NodeId id) {
      long since = ports.health().connectedSinceNanos(id);
      return id.equals(self)
          || (ports.health().isReachable(id) && ports.clock().nanoTime() - since >= HEALTH_NANOS);
    }

    @Override
    public boolean isMissedByGroups(NodeId id) {
      Membership all = ports.machine().membership();
      return ports.machine().groups().stream()
          .map(
              record ->
                  Placements.isEverywhere(record)
                      ? all.voters()
                      : Placements.wanted(record, all.members()))
          .anyMatch(nodes -> nodes.contains(id) && nodes.size() <= 2);
    }

    @Override
    public boolean isInSync(NodeId learner) {
      return progress == null || match(learner) * 100 >= match(self) * IN_SYNC_PERCENT;
    }

    private long match(NodeId id) {
      return Objects.requireNonNull(progress).stream()
          .filter(member -> member.id().equals(id))
          .mapToLong(MemberProgress::matchIndex)
          .findFirst()
          .orElse(0);
    }
  }

  private static <T> Future<T> failed(Rejection why) {
    return Future.failedFuture(why.asException());
  }
}
