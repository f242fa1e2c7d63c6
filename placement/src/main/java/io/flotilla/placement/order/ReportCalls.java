package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Done;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.Reports;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/// Carries reports to the root group's leader, wherever it is, and takes those of other nodes. On
/// the loop.
public final class ReportCalls implements Reporter.Courier {
  /// How long one message may take: after that a newer one is sent.
  static final long TIMEOUT_NANOS = 500_000_000;

  private final NodeId self;
  private final Orderer orderer;
  private final Supplier<NodeId> leader;
  private final PeerCalls calls;
  private final Clock clock;

  /// @param leader of the root group, as far as this node knows; [NodeId#NONE] if it does not
  public ReportCalls(
      NodeId self, Orderer orderer, Supplier<NodeId> leader, PeerCalls calls, Clock clock) {
    this.self = self;
    this.orderer = orderer;
    this.leader = leader;
    this.calls = calls;
    this.clock = clock;
  }

  @Override
  public Future<Void> send(List<GroupReport> groups) {
    if (orderer.report(self, groups)) {
      return Future.succeededFuture();
    }
    NodeId to = leader.get();
    if (to.equals(NodeId.NONE) || to.equals(self)) {
      return notLed();
    }
    var call =
        Call.newBuilder()
            .setGroup(GroupId.ROOT.value())
            .setReports(Reports.newBuilder().addAllGroups(groups));
    return calls.call(to, call, clock.nanoTime() + TIMEOUT_NANOS).mapEmpty();
  }

  private static <T> Future<T> notLed() {
    return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
  }

  /// Serves other nodes.
  ///
  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.REPORTS, this::serve);
  }

  private Future<Reply.Builder> serve(NodeId from, Call call, long deadlineNanos) {
    return orderer.report(from, call.getReports().getGroupsList())
        ? Future.succeededFuture(Reply.newBuilder().setDone(Done.getDefaultInstance()))
        : notLed();
  }
}
