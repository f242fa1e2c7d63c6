package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.ShardChanges;
import io.flotilla.placement.handover.ShardRules.Decision;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupPlace;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverAbandon;
import io.flotilla.proto.command.HandoverBegin;
import io.flotilla.proto.command.NodeDrain;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Supplier;

/// Begins changes of the shards at the leader of the root group, for operators and the planner. On
/// the loop that all groups share.
///
/// A request is checked against what is applied here, and once more where it is applied in the root
/// group's log: of two that contradict each other the later one is refused.
public final class ShardAdmin implements ShardChanges {
  private static final long DETACH_NANOS = 5_000_000_000L;
  private static final long DETACH_PAUSE_MILLIS = 1_000;
  private static final int DETACH_TRIES = 30;

  /// Lets another node lead a group, whoever leads it now; false if that node has no vote.
  @FunctionalInterface
  interface Transfers {
    Future<Boolean> transfer(GroupId group, NodeId to, long deadlineNanos);
  }

  /// What an admin works with.
  ///
  /// @param groups all groups with their leaders and voters, as this node knows them
  record Ports(
      HandoverRoot root,
      Supplier<SortedMap<GroupId, ShardView.Led>> groups,
      HandoverDriver driver,
      Transfers transfers,
      Clock clock,
      Scheduler loop) {}

  private final Ports ports;
  private final HandoverLimits limits;

  ShardAdmin(Ports ports, HandoverLimits limits) {
    this.ports = ports;
    this.limits = limits;
    ports.driver().onEnd(this::onEnd);
  }

  @Override
  public Future<ChangeShardsResponse> change(ChangeShardsRequest request, long deadlineNanos) {
    if (!ports.root().leads()) {
      return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
    }
    return switch (new ShardRules(view(), limits).decide(request)) {
      case Decision.Begin(HandoverBegin begin) -> begin(begin, deadlineNanos);
      case Decision.Cancel(long number) -> cancel(number, deadlineNanos);
      case Decision.Transfer(GroupId group, NodeId to) -> transfer(group, to, deadlineNanos);
      case Decision.Place(GroupPlace place) ->
          propose(Command.newBuilder().setGroupPlace(place), deadlineNanos);
      case Decision.Drain(NodeDrain drain) ->
          propose(Command.newBuilder().setNodeDrain(drain), deadlineNanos);
      case Decision.Refuse(String why) -> Future.succeededFuture(refused(why));
    };
  }

  private ShardView view() {
    HandoverRoot root = ports.root();
    return new ShardView(
        root.map(), root.handovers(), ports.groups().get(), root.alarm(), root.placed());
  }

  @Override
  public List<HandoverStatus> handovers() {
    return ports.driver().handovers();
  }

  private Future<ChangeShardsResponse> begin(HandoverBegin begin, long deadlineNanos) {
    return ports
        .root()
        .propose(Command.newBuilder().setHandoverBegin(begin).build(), deadlineNanos)
        .map(
            result -> {
              ports.driver().look();
              return switch (result) {
                case CommandResult.Done(var response, long _) ->
                    ChangeShardsResponse.newBuilder()
                        .setHandover((Handover.Builder) response)
                        .build();
                case CommandResult.Rejected(Rejection why) -> refused(whyNot(why));
              };
            });
  }

  /// A command whose outcome says nothing but that it took effect.
  private Future<ChangeShardsResponse> propose(Command.Builder command, long deadlineNanos) {
    return ports
        .root()
        .propose(command.build(), deadlineNanos)
        .map(
            result ->
                switch (result) {
                  case CommandResult.Done _ -> ChangeShardsResponse.getDefaultInstance();
                  case CommandResult.Rejected(Rejection why) -> refused(whyNot(why));
                });
  }

  private static String whyNot(Rejection why) {
    return switch (why) {
      case Rejection.NoSpace _, Rejection.Corrupt _ -> Reasons.of(why);
      default -> "members, shards or handovers changed at the same moment; look, and ask again";
    };
  }

  private Future<ChangeShardsResponse> cancel(long number, long deadlineNanos) {
    var abandon = HandoverAbandon.newBuilder().setNumber(number);
    ports.driver().cancel(number, "an operator gave it up");
    return ports
        .root()
        .propose(Command.newBuilder().setHandoverAbandon(abandon).build(), deadlineNanos)
        .map(
            result -> {
              ports.driver().look();
              return switch (result) {
                case CommandResult.Done _ -> cancelled(number);
                case CommandResult.Rejected(Rejection why) -> refused(Reasons.of(why));
              };
            });
  }

  /// The commit may have come first.
  private ChangeShardsResponse cancelled(long number) {
    boolean done =
        ports.driver().handovers().stream()
            .filter(status -> status.getHandover().getNumber() == number)
            .anyMatch(status -> status.getPhase() != HandoverStatus.Phase.ABANDONED);
    return done
        ? refused("handover " + number + " is done: it was too late to give it up")
        : ChangeShardsResponse.getDefaultInstance();
  }

  private Future<ChangeShardsResponse> transfer(GroupId group, NodeId to, long deadlineNanos) {
    return ports
        .transfers()
        .transfer(group, to, deadlineNanos)
        .map(
            begun ->
                begun
                    ? ChangeShardsResponse.getDefaultInstance()
                    : refused("node %s has no vote in group %s by now".formatted(to, group)));
  }

  private static ChangeShardsResponse refused(String why) {
    return ChangeShardsResponse.newBuilder().setRefusal(why).build();
  }

  // ---- one range of the root group after the other

  /// A leader that begins between two of them does not know that more were wanted; then an operator
  /// asks again.
  private void onEnd(HandoverStatus ended) {
    if (ended.getPhase() == HandoverStatus.Phase.DONE && isDetach(ended.getHandover())) {
      ports.loop().execute(() -> detachNext(DETACH_TRIES));
    }
  }

  private static boolean isDetach(Handover handover) {
    return handover.getReason().equals(ShardRules.DETACH);
  }

  private void detachNext(int tries) {
    boolean over =
        !ports.root().leads()
            || ShardRules.nextOfRoot(ports.root().map()) == null
            || ports.root().handovers().stream().anyMatch(ShardAdmin::isDetach);
    if (over || tries == 0) {
      return;
    }
    var request =
        ChangeShardsRequest.newBuilder()
            .setDetach(ChangeShardsRequest.Detach.getDefaultInstance())
            .build();
    change(request, ports.clock().nanoTime() + DETACH_NANOS)
        .onComplete(
            (response, _) -> {
              if (response == null || !response.hasHandover()) {
                ports.loop().after(DETACH_PAUSE_MILLIS, () -> detachNext(tries - 1));
              }
            });
  }
}
