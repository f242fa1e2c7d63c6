package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.transport.CallHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportCallsTest {
  private static final NodeId SELF = new NodeId(1);
  private static final NodeId OTHER = new NodeId(2);

  private final SimLoop loop = new SimLoop();
  private final RootOrder state = RootOrder.restore(new MapStateTree());
  private final ManualProposer hereLog = new ManualProposer();
  private final ManualProposer thereLog = new ManualProposer();
  private final OrderMetrics metrics = new OrderMetrics(new SimpleMeterRegistry());
  private final Orderer here = new Orderer(state::order, hereLog, loop, metrics);
  private final Orderer there = new Orderer(state::order, thereLog, loop, metrics);
  private final Map<Call.BodyCase, CallHandler> handlers = new EnumMap<>(Call.BodyCase.class);
  private NodeId leader = OTHER;
  private final ReportCalls calls = new ReportCalls(SELF, here, () -> leader, this::call, loop);

  @BeforeEach
  void register() {
    state.found(Items.groups(1));
    new ReportCalls(OTHER, there, () -> NodeId.NONE, this::call, loop).register(handlers::put);
  }

  private Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos) {
    assertThat(to).isEqualTo(OTHER);
    assertThat(deadlineNanos).isGreaterThan(loop.nanoTime());
    CallHandler handler = handlers.get(call.getBodyCase());
    return handler.handle(SELF, call.build(), deadlineNanos).map(Reply.Builder::build);
  }

  private Future<Void> send() {
    return calls.send(List.of(report(ONE, 1, 0)));
  }

  private static Rejection why(Future<Void> failed) {
    return ((RejectedException) failed.cause()).rejection();
  }

  @Test
  void leaderOfTheRootGroupIsToldWhereverItIs() {
    there.onLeadership(true);
    assertThat(send().succeeded()).isTrue();
    assertThat(thereLog.size()).isEqualTo(1);
    assertThat(hereLog.size()).isZero();
  }

  @Test
  void leaderOnTheSameNodeIsToldWithoutACall() {
    here.onLeadership(true);
    leader = SELF;
    assertThat(send().succeeded()).isTrue();
    assertThat(hereLog.size()).isEqualTo(1);
  }

  @Test
  void nodeThatDoesNotLeadRefuses() {
    assertThat(why(send())).isInstanceOf(Rejection.NotLeader.class);
    assertThat(thereLog.size()).isZero();
  }

  @Test
  void nobodyIsAskedWhileNoLeaderIsKnown() {
    leader = NodeId.NONE;
    assertThat(why(send())).isInstanceOf(Rejection.NotLeader.class);
    leader = SELF;
    assertThat(why(send())).isInstanceOf(Rejection.NotLeader.class);
  }
}
