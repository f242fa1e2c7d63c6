package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.order.Orderer;
import io.flotilla.placement.order.Reporter;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Done;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.Reports;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;

/// Takes reports of groups to the root group's leader, on this node or another, and takes in those
/// of other nodes. On the loop.
public final class ReportCalls implements Reporter.Courier {
  /// A report that is not answered by then is made again by the reporter.
  private static final long PATIENCE_NANOS = 1_000_000_000;

  private final NodeId self;
  private final Group root;
  private final Orderer orderer;
  private final PeerCalls calls;
  private final Clock clock;

  /// @param root the root group's replica here
  /// @param orderer beside it
  public ReportCalls(NodeId self, Group root, Orderer orderer, PeerCalls calls, Clock clock) {
    this.self = self;
    this.root = root;
    this.orderer = orderer;
    this.calls = calls;
    this.clock = clock;
  }

  /// Where nothing is heard of the leader, the replica here is to watch it again: a group that went
  /// quiet would not notice that it is gone.
  @Override
  public Future<Void> send(List<GroupReport> groups) {
    GroupStatus status = root.status();
    if (status.isLeader()) {
      return taken(orderer.report(self, groups)).mapEmpty();
    }
    if (status.leader().equals(NodeId.NONE)) {
      return Future.failedFuture(new Rejection.NoLeader().asException());
    }
    var call =
        Call.newBuilder()
            .setGroup(GroupId.ROOT.value())
            .setReports(Reports.newBuilder().addAllGroups(groups));
    return calls
        .call(status.leader(), call, clock.nanoTime() + PATIENCE_NANOS)
        .onFailure(_ -> root.wake())
        .mapEmpty();
  }

  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.REPORTS, this::serve);
  }

  private Future<Reply.Builder> serve(NodeId from, Call call, long deadlineNanos) {
    return taken(orderer.report(from, call.getReports().getGroupsList()))
        .map(Reply.newBuilder().setDone(Done.getDefaultInstance()));
  }

  private static Future<Void> taken(boolean taken) {
    return taken
        ? Future.succeededFuture()
        : Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
  }
}
