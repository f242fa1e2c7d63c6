package io.flotilla.placement.client;

import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Outcome;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.Outcomes;
import io.flotilla.raft.transport.CallHandler;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;

/// Serves what the [AnywhereDoor]s of other nodes ask of the leader. On the group's loop.
///
/// A replica that does not lead refuses: calls are not passed on, so none goes in circles.
public final class CallHandlers {
  private final Group group;

  /// @param group the root group: the only one that knows leases
  public CallHandlers(Group group) {
    this.group = group;
  }

  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.PROPOSE, checked(this::propose));
    registry.accept(Call.BodyCase.READ_INDEX, checked(this::readIndex));
    registry.accept(Call.BodyCase.RENEW_LEASES, checked(this::renew));
    registry.accept(Call.BodyCase.LEASE_TIME_TO_LIVE, checked(this::timeToLive));
  }

  private CallHandler checked(CallHandler handler) {
    return (from, call, deadlineNanos) ->
        call.getGroup() == group.id().value()
            ? handler.handle(from, call, deadlineNanos)
            : notServed();
  }

  private static Future<Reply.Builder> notServed() {
    return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
  }

  /// Without an id the asker could not repeat it safely; a kind that this version does not know
  /// would stop every replica.
  private Future<Reply.Builder> propose(NodeId from, Call call, long deadlineNanos) {
    Command command = call.getPropose();
    if (command.getId().getSequence() <= 0
        || command.getBodyCase() == Command.BodyCase.BODY_NOT_SET) {
      return notServed();
    }
    return group
        .proposeIndexed(command, deadlineNanos)
        .map(applied -> Reply.newBuilder().setOutcome(encode(command, applied)));
  }

  private static Outcome encode(Command command, Applied applied) {
    byte[] result = Outcomes.encode(command, applied.result());
    return Outcome.newBuilder()
        .setResult(UnsafeByteOperations.unsafeWrap(result))
        .setIndex(applied.index())
        .build();
  }

  private Future<Reply.Builder> readIndex(NodeId from, Call call, long deadlineNanos) {
    return group.readIndex(deadlineNanos).map(index -> Reply.newBuilder().setIndex(index));
  }

  private Future<Reply.Builder> renew(NodeId from, Call call, long deadlineNanos) {
    List<Long> leases = call.getRenewLeases().getIdsList();
    return group
        .read(ReadMode.LINEARIZABLE, new RootQuery.KeepAlive(leases), deadlineNanos)
        .map(
            renewals ->
                Reply.newBuilder()
                    .setLeaseAnswers(
                        LeaseForms.answers(leases, renewals, group.status().appliedIndex())));
  }

  private Future<Reply.Builder> timeToLive(NodeId from, Call call, long deadlineNanos) {
    var asked = call.getLeaseTimeToLive();
    return group
        .read(
            ReadMode.LINEARIZABLE,
            new RootQuery.TimeToLive(asked.getId(), asked.getKeys()),
            deadlineNanos)
        .map(times -> Reply.newBuilder().setResponse(LeaseForms.encode(times)));
  }
}
