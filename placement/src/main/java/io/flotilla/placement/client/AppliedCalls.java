package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.peer.AwaitApplied;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Done;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;

/// Learns whether all members have applied what this node's replica of the root group has applied,
/// and tells others the same of this one. Any thread.
public final class AppliedCalls {
  /// Questions at a time; they are asked for rare changes only.
  private static final AnywhereDoor.Limits LIMITS = new AnywhereDoor.Limits(1024, 1);

  private final NodeId self;
  private final Group group;
  private final RootMachine machine;
  private final PeerCalls calls;
  private final Entrance entrance;

  public AppliedCalls(NodeId self, Group group, RootMachine machine, PeerCalls calls, Ports ports) {
    this.self = self;
    this.group = group;
    this.machine = machine;
    this.calls = calls;
    this.entrance = new Entrance(ports.loop(), ports.callers(), LIMITS);
  }

  /// @param loop the group's
  /// @param callers says on which loop callers are
  public record Ports(Scheduler loop, Callers callers) {}

  /// Asks all other members. Completes on the caller's loop: with false when one cannot be reached
  /// or does not get there by the deadline.
  public Future<Boolean> everyMember(long deadlineNanos) {
    return entrance.enter(0, () -> ask(deadlineNanos)).otherwise(false);
  }

  private Future<Boolean> ask(long deadlineNanos) {
    long index = group.status().appliedIndex();
    List<Future<Reply>> asked =
        machine.members().list().stream()
            .filter(member -> !member.id().equals(self))
            .map(member -> calls.call(member.id(), call(index), deadlineNanos))
            .toList();
    return Future.all(asked)
        .map(answers -> answers.<Reply>list().stream().allMatch(Reply::hasDone))
        .otherwise(false);
  }

  private static Call.Builder call(long index) {
    return Call.newBuilder()
        .setGroup(GroupId.ROOT.value())
        .setAwaitApplied(AwaitApplied.newBuilder().setIndex(index));
  }

  /// Serves other nodes.
  ///
  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.AWAIT_APPLIED, this::serve);
  }

  private Future<Reply.Builder> serve(NodeId from, Call call, long deadlineNanos) {
    if (call.getGroup() != group.id().value()) {
      return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
    }
    return group
        .awaitApplied(call.getAwaitApplied().getIndex(), deadlineNanos)
        .map(_ -> Reply.newBuilder().setDone(Done.getDefaultInstance()));
  }
}
