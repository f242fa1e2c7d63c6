package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.order.OrderWatch.Cause;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.SimLoop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrderWatchTest {
  private final SimLoop loop = new SimLoop();
  private final RootOrder state = RootOrder.restore(new MapStateTree());
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final OrderWatch watch =
      new OrderWatch(state::order, loop, loop, new OrderMetrics(registry));
  private final FakeReplica replica = new FakeReplica(ONE);

  @BeforeEach
  void start() {
    state.found(Items.groups(1));
    watch.add(replica);
    watch.start();
  }

  private double stalled() {
    return registry.get("flotilla.order.stalled").gauge().value();
  }

  private Cause cause() {
    return OrderWatch.cause(replica, state.order(ONE));
  }

  @Test
  void causeIsTheFirstThatIsMissing() {
    assertThat(cause()).isEqualTo(Cause.NOTHING);
    replica.executed = 1;
    assertThat(cause()).as("others report it").isEqualTo(Cause.NOTHING);
    replica.leads = true;
    assertThat(cause()).isEqualTo(Cause.NOT_ORDERED);
    state.cut(report(ONE, 1, 0), 1);
    assertThat(cause()).isEqualTo(Cause.NOT_PROCESSED);
    replica.processed = 1;
    assertThat(cause()).isEqualTo(Cause.NOT_LOGGED);
    replica.logged = 1;
    assertThat(cause()).isEqualTo(Cause.NOTHING);
  }

  @Test
  void replicaWithoutProgressCountsAsStalledUntilItMoves() {
    state.cut(report(ONE, 2, 0), 1);
    loop.advance(OrderWatch.STALL_MILLIS);
    assertThat(stalled()).isZero();
    loop.advance(2 * OrderWatch.INTERVAL_MILLIS);
    assertThat(stalled()).isEqualTo(1);
    replica.ordered = 2;
    loop.advance(OrderWatch.INTERVAL_MILLIS);
    assertThat(stalled()).isZero();
    loop.advance(2 * OrderWatch.STALL_MILLIS);
    assertThat(stalled()).isEqualTo(1);
    watch.remove(ONE);
    assertThat(stalled()).isZero();
  }

  @Test
  void steadyWorkIsNoStall() {
    for (int executed = 1; executed <= 20; executed++) {
      state.cut(report(ONE, executed, 0), executed);
      replica.processed = executed - 1;
      loop.advance(OrderWatch.INTERVAL_MILLIS);
      assertThat(stalled()).isZero();
    }
    watch.stop();
    assertThat(loop.queued()).isZero();
  }

  @Test
  void retiredGroupStallsNothing() {
    state.cut(report(ONE, 2, 0), 1);
    loop.advance(2 * OrderWatch.STALL_MILLIS);
    assertThat(stalled()).isEqualTo(1);
    state.retire(ONE);
    loop.advance(OrderWatch.INTERVAL_MILLIS);
    assertThat(stalled()).isZero();
  }
}
