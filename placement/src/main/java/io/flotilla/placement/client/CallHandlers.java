package io.flotilla.placement.client;

import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.GroupId;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Serves what the doors of other nodes ask of the leaders of groups that have a replica here. On
/// the loop.
///
/// A replica that does not lead refuses: calls are not passed on, so none goes in circles.
public final class CallHandlers {
  private final Group root;
  private final Map<GroupId, Group> groups = new HashMap<>();
  private Coordinator coordinator = Coordinator.NONE;

  /// @param root the root group: the only one that knows leases
  public CallHandlers(Group root) {
    this.root = root;
    serve(root);
  }

  /// Calls about this group are answered from now on.
  public void serve(Group group) {
    groups.put(group.id(), group);
  }

  /// Calls about this group are refused from now on.
  public void forget(GroupId group) {
    groups.remove(group);
  }

  /// Who runs commands over several groups while the root group is led here.
  public void coordinateWith(Coordinator newCoordinator) {
    coordinator = newCoordinator;
  }

  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.PROPOSE, this::propose);
    registry.accept(Call.BodyCase.READ_INDEX, this::readIndex);
    registry.accept(Call.BodyCase.RENEW_LEASES, ofRoot(this::renew));
    registry.accept(Call.BodyCase.LEASE_TIME_TO_LIVE, ofRoot(this::timeToLive));
    registry.accept(Call.BodyCase.COORDINATE, ofRoot(this::coordinate));
  }

  private CallHandler ofRoot(CallHandler handler) {
    return (from, call, deadlineNanos) ->
        call.getGroup() == root.id().value()
            ? handler.handle(from, call, deadlineNanos)
            : notServed();
  }

  private static Future<Reply.Builder> notServed() {
    return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
  }

  private @Nullable Group group(Call call) {
    return call.getGroup() < 0 ? null : groups.get(new GroupId(call.getGroup()));
  }

  /// Without an id the asker could not repeat it safely; a kind that this version does not know
  /// would stop every replica.
  private static boolean isSafe(Command command) {
    return command.getId().getSequence() > 0
        && command.getBodyCase() != Command.BodyCase.BODY_NOT_SET;
  }

  /// Who asks may have no replica: a group that went quiet would not notice that its leader is
  /// gone.
  private static void wakeIfQuiet(Group group) {
    if (!group.status().isLeader()) {
      group.wake();
    }
  }

  private Future<Reply.Builder> propose(NodeId from, Call call, long deadlineNanos) {
    Command command = call.getPropose();
    Group group = group(call);
    if (group == null || !isSafe(command)) {
      return notServed();
    }
    wakeIfQuiet(group);
    return group
        .proposeIndexed(command, deadlineNanos)
        .map(applied -> Reply.newBuilder().setOutcome(encode(command, applied)));
  }

  private Future<Reply.Builder> coordinate(NodeId from, Call call, long deadlineNanos) {
    Command command = call.getCoordinate();
    if (!isSafe(command)) {
      return notServed();
    }
    return coordinator
        .run(command, deadlineNanos)
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
    Group group = group(call);
    if (group == null) {
      return notServed();
    }
    wakeIfQuiet(group);
    return group.readIndex(deadlineNanos).map(index -> Reply.newBuilder().setIndex(index));
  }

  private Future<Reply.Builder> renew(NodeId from, Call call, long deadlineNanos) {
    List<Long> leases = call.getRenewLeases().getIdsList();
    return root.read(ReadMode.LINEARIZABLE, new RootQuery.KeepAlive(leases), deadlineNanos)
        .map(
            renewals ->
                Reply.newBuilder()
                    .setLeaseAnswers(
                        LeaseForms.answers(leases, renewals, root.status().appliedIndex())));
  }

  private Future<Reply.Builder> timeToLive(NodeId from, Call call, long deadlineNanos) {
    var asked = call.getLeaseTimeToLive();
    return root.read(
            ReadMode.LINEARIZABLE,
            new RootQuery.TimeToLive(asked.getId(), asked.getKeys()),
            deadlineNanos)
        .map(times -> Reply.newBuilder().setResponse(LeaseForms.encode(times)));
  }
}
