package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.LeaderErrands.Errand;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.ListShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Done;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.ShardDuties;
import io.flotilla.proto.peer.TransferLeader;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.transport.CallHandler;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Takes changes of the shards, and questions about them, from any node to the leader of the root
/// group, and serves those that other nodes bring.
///
/// What certainly had no effect is asked for again, until the deadline. A change whose outcome is
/// unknown is not: it has no id that would make it happen once, and the list of handovers shows
/// whether it did. Any thread, unless said otherwise; futures complete on the caller's loop.
///
/// Rejections: `TimedOut`, `TooManyRequests` and `Stopped` say that nothing began and nothing will;
/// `OutcomeUnknown` that something may have.
public final class ShardAdminCalls {
  private final Group root;
  private final Function<GroupId, @Nullable Group> groups;
  private final AnywhereDoor.Ports ports;
  private final Leading toRootLeader;
  private final Entrance entrance;
  private final LeaderErrands errands;
  private final ShardChanges changes;
  private Planning planning = Planning.NONE;

  /// @param root the root group's replica here
  /// @param groups the replicas here, that of the root group included
  /// @param changes for while the root group is led here
  public ShardAdminCalls(
      Group root,
      Function<GroupId, @Nullable Group> groups,
      ShardChanges changes,
      AnywhereDoor.Ports ports,
      AnywhereDoor.Limits limits) {
    this.root = root;
    this.groups = groups;
    this.changes = changes;
    this.ports = ports;
    this.toRootLeader = Leading.of(root);
    this.entrance = new Entrance(ports.loop(), ports.callers(), limits);
    this.errands = new LeaderErrands(ports.clock(), ports.loop());
  }

  /// Who plans while the root group is led here. On the loop, before the first question.
  public void planWith(Planning newPlanning) {
    planning = newPlanning;
  }

  // ------------------------------------------------------------------- asking

  /// Begins a change; the answer says why there is none.
  public Future<ChangeShardsResponse> change(ChangeShardsRequest request, long deadlineNanos) {
    return entrance.enter(
        request.getSerializedSize(),
        () ->
            errands.run(
                new Errand<>(
                    toRootLeader,
                    () -> changes.change(request, deadlineNanos),
                    leader -> changeAt(leader, request, deadlineNanos),
                    deadlineNanos)));
  }

  private Future<ChangeShardsResponse> changeAt(
      NodeId leader, ChangeShardsRequest request, long deadlineNanos) {
    return call(leader, toRoot().setChangeShards(request), deadlineNanos)
        .compose(
            reply ->
                reply.hasChangedShards()
                    ? Future.succeededFuture(reply.getChangedShards())
                    : unknown());
  }

  /// The handovers under way and the newest of those that ended, as the root leader knows them.
  public Future<List<HandoverStatus>> handovers(long deadlineNanos) {
    var asked = ShardDuties.newBuilder().setHandovers(ListShardsRequest.getDefaultInstance());
    return entrance.enter(
        0,
        () ->
            errands
                .run(
                    new Errand<>(
                        toRootLeader,
                        this::listed,
                        leader -> ask(leader, asked, ListShardsResponse.parser(), deadlineNanos),
                        deadlineNanos))
                .map(ListShardsResponse::getHandoversList));
  }

  /// What the root leader's planner does and would do.
  public Future<PlanResponse> plan(PlanRequest request, long deadlineNanos) {
    var asked = ShardDuties.newBuilder().setPlan(request);
    return entrance.enter(
        0,
        () ->
            errands.run(
                new Errand<>(
                    toRootLeader,
                    () -> planning.plan(request, deadlineNanos),
                    leader -> ask(leader, asked, PlanResponse.parser(), deadlineNanos),
                    deadlineNanos)));
  }

  private <T> Future<T> ask(
      NodeId leader, ShardDuties.Builder asked, Parser<T> parser, long deadlineNanos) {
    return call(leader, toRoot().setShardDuties(asked), deadlineNanos)
        .compose(reply -> parsed(parser, reply));
  }

  /// Asks a group's leader, which may be here, to let another node lead; true when that began,
  /// false if `to` is no other voter. On the loop.
  public Future<Boolean> transfer(GroupId group, NodeId to, long deadlineNanos) {
    Group here = groups.apply(group);
    if (here == null) {
      return Future.failedFuture(new Rejection.NoLeader().asException());
    }
    return errands.run(
        new Errand<>(
            Leading.of(here),
            () -> here.transferTo(to),
            leader -> transferAt(leader, group, to, deadlineNanos),
            deadlineNanos));
  }

  private Future<Boolean> transferAt(NodeId leader, GroupId group, NodeId to, long deadlineNanos) {
    var call =
        Call.newBuilder()
            .setGroup(group.value())
            .setTransferLeader(TransferLeader.newBuilder().setTo(to.value()));
    return call(leader, call, deadlineNanos)
        .map(Reply::hasDone)
        .recover(
            failure ->
                failure instanceof RejectedException rejected
                        && rejected.rejection() instanceof Rejection.MemberNotFound
                    ? Future.succeededFuture(false)
                    : Future.failedFuture(failure));
  }

  private Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos) {
    return ports.calls().call(to, call, deadlineNanos);
  }

  private Call.Builder toRoot() {
    return Call.newBuilder().setGroup(root.id().value());
  }

  private static <T> Future<T> parsed(Parser<T> parser, Reply reply) {
    if (reply.getBodyCase() != Reply.BodyCase.SHARD_DUTIES) {
      return unknown();
    }
    try {
      return Future.succeededFuture(parser.parseFrom(reply.getShardDuties()));
    } catch (InvalidProtocolBufferException ofALaterVersion) {
      return unknown();
    }
  }

  private static <T> Future<T> unknown() {
    return Future.failedFuture(new Rejection.OutcomeUnknown().asException());
  }

  // ------------------------------------------------------------------- serving

  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.CHANGE_SHARDS, this::onChange);
    registry.accept(Call.BodyCase.SHARD_DUTIES, this::onDuties);
    registry.accept(Call.BodyCase.TRANSFER_LEADER, this::onTransfer);
  }

  private boolean isLedHere(Call call) {
    return call.getGroup() == root.id().value() && root.status().isLeader();
  }

  private static <T> Future<T> notLed() {
    return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
  }

  private Future<Reply.Builder> onChange(NodeId from, Call call, long deadlineNanos) {
    if (!isLedHere(call)) {
      return notLed();
    }
    return changes
        .change(call.getChangeShards(), deadlineNanos)
        .map(response -> Reply.newBuilder().setChangedShards(response));
  }

  private Future<Reply.Builder> onDuties(NodeId from, Call call, long deadlineNanos) {
    if (!isLedHere(call)) {
      return notLed();
    }
    ShardDuties asked = call.getShardDuties();
    return switch (asked.getAboutCase()) {
      case HANDOVERS -> listed().map(list -> duties(list.toByteString()));
      case PLAN ->
          planning
              .plan(asked.getPlan(), deadlineNanos)
              .map(response -> duties(response.toByteString()));
      case ABOUT_NOT_SET -> unknown();
    };
  }

  private Future<ListShardsResponse> listed() {
    try {
      return Future.succeededFuture(
          ListShardsResponse.newBuilder().addAllHandovers(changes.handovers()).build());
    } catch (RejectedException notLed) {
      return Future.failedFuture(notLed);
    }
  }

  private static Reply.Builder duties(ByteString answer) {
    return Reply.newBuilder().setShardDuties(answer);
  }

  private Future<Reply.Builder> onTransfer(NodeId from, Call call, long deadlineNanos) {
    Group group = call.getGroup() < 0 ? null : groups.apply(new GroupId(call.getGroup()));
    if (group == null || !group.status().isLeader()) {
      return notLed();
    }
    return group
        .transferTo(new NodeId(call.getTransferLeader().getTo()))
        .compose(
            begun ->
                begun
                    ? Future.succeededFuture(Reply.newBuilder().setDone(Done.getDefaultInstance()))
                    : Future.failedFuture(new Rejection.MemberNotFound().asException()));
  }

  /// Nothing is asked from now on. On the loop.
  public void stop() {
    errands.stop();
  }
}
