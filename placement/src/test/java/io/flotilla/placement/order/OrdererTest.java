package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.TWO;
import static io.flotilla.placement.order.Items.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupReport;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrdererTest {
  private static final NodeId NODE = new NodeId(7);

  private final SimLoop loop = new SimLoop();
  private final ManualProposer log = new ManualProposer();
  private final RootOrder state = RootOrder.restore(new MapStateTree());
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Orderer orderer = new Orderer(state::order, log, loop, new OrderMetrics(registry));
  private long revision = 1;

  @BeforeEach
  void lead() {
    state.found(Items.groups(2));
    orderer.onLeadership(true);
  }

  private void tell(GroupReport... reports) {
    assertThat(orderer.report(NODE, List.of(reports))).isTrue();
  }

  private void apply(Command command) {
    for (GroupReport report : command.getCut().getGroupsList()) {
      var run = state.cut(report, revision);
      revision = run == null ? revision : run.getRevision();
    }
  }

  private List<GroupReport> cut() {
    return log.done(this::apply).getCut().getGroupsList();
  }

  @Test
  void firstReportIsCutAtOnceAndWhatComesMeanwhileTogether() {
    tell(report(ONE, 1, 0));
    tell(report(ONE, 2, 0));
    tell(report(TWO, 5, 0));
    tell(report(ONE, 3, 0));
    assertThat(log.size()).as("one under way").isEqualTo(1);
    assertThat(cut()).containsExactly(report(ONE, 1, 0));
    assertThat(cut()).containsExactly(report(ONE, 3, 0), report(TWO, 5, 0));
    assertThat(log.size()).as("nothing is left").isZero();
    assertThat(revision).isEqualTo(9);
  }

  @Test
  void reportThatIsLateOrDoubledMakesNoCut() {
    tell(report(ONE, 3, 0));
    cut();
    tell(report(ONE, 3, 0));
    tell(report(ONE, 2, 0));
    loop.advance(1000);
    assertThat(log.size()).isZero();
  }

  @Test
  void groupsAndItemsThatDoNotExistAreNotCut() {
    tell(report(new GroupId(3), 9, 0), report(GroupId.ROOT, 9, 0), report(ONE, 0, 5));
    loop.advance(1000);
    assertThat(log.size()).isZero();
  }

  @Test
  void loggedItemsWaitForSomethingToOrder() {
    tell(report(ONE, 1, 0));
    cut();
    tell(report(ONE, 1, 1));
    assertThat(log.size()).isZero();
    loop.advance(Orderer.PAUSE_MILLIS / 2);
    tell(report(TWO, 1, 0));
    assertThat(cut()).containsExactly(report(ONE, 1, 1), report(TWO, 1, 0));
    assertThat(state.journal(ONE, 1)).isEmpty();
    loop.advance(1000);
    assertThat(log.size()).isZero();
  }

  @Test
  void loggedItemsGetACutOfTheirOwnAfterAWhile() {
    tell(report(ONE, 1, 0));
    cut();
    tell(report(ONE, 1, 1));
    loop.advance(Orderer.PAUSE_MILLIS);
    assertThat(cut()).containsExactly(report(ONE, 1, 1));
    assertThat(state.order(ONE).getLogged()).isEqualTo(1);
  }

  @Test
  void cutWhoseFateIsUnknownIsMadeAgain() {
    tell(report(ONE, 1, 0));
    Command lost = log.reject(new Rejection.OutcomeUnknown());
    tell(report(ONE, 2, 0));
    assertThat(log.size()).as("not at once").isZero();
    apply(lost); // it happened after all
    loop.advance(Orderer.PAUSE_MILLIS);
    assertThat(cut()).containsExactly(report(ONE, 2, 0));
    assertThat(revision).isEqualTo(3);
    assertThat(registry.get("flotilla.order.cuts.failed").counter().count()).isEqualTo(1);
  }

  @Test
  void cutThatWasRefusedIsMadeAgainWithoutNewReports() {
    tell(report(ONE, 1, 0));
    log.reject(new Rejection.TooManyRequests());
    loop.advance(Orderer.PAUSE_MILLIS);
    assertThat(cut()).containsExactly(report(ONE, 1, 0));
  }

  @Test
  void lossOfLeadershipForgetsEverything() {
    tell(report(ONE, 1, 0));
    orderer.onLeadership(false);
    assertThat(orderer.report(NODE, List.of(report(ONE, 2, 0)))).isFalse();
    log.reject(new Rejection.NotLeader(NODE));
    loop.advance(1000);
    assertThat(log.size()).isZero();

    orderer.onLeadership(true);
    loop.advance(1000);
    assertThat(log.size()).as("what the last leader was told is gone").isZero();
    tell(report(TWO, 1, 0));
    assertThat(cut()).containsExactly(report(TWO, 1, 0));
  }

  @Test
  void resultOfAnEarlierLeadershipDoesNotEndTheCutOfThis() {
    tell(report(ONE, 1, 0));
    orderer.onLeadership(false);
    orderer.onLeadership(true);
    tell(report(ONE, 1, 0));
    assertThat(log.size()).isEqualTo(2);
    cut();
    tell(report(ONE, 2, 0));
    assertThat(log.size()).as("the cut of this leadership is still under way").isEqualTo(1);
    cut();
    assertThat(cut()).containsExactly(report(ONE, 2, 0));
  }

  @Test
  void reportOfAGroupThatIsRetiredMeanwhileMakesNoCut() {
    tell(report(ONE, 1, 0));
    tell(report(TWO, 5, 0));
    state.retire(TWO);
    assertThat(cut()).containsExactly(report(ONE, 1, 0));
    loop.advance(1000);
    assertThat(log.size()).isZero();
    tell(report(TWO, 6, 0));
    assertThat(log.size()).isZero();
  }
}
