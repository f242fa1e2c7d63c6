package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.HandoverStatus.Phase;
import io.flotilla.proto.command.Handover;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HandoverDriverTest {
  private static final HandoverLimits LIMITS =
      new HandoverLimits(
          8, 2, HandoverLimits.Copy.STANDARD, HandoverLimits.Tries.STANDARD, 10_000_000_000L, 3);

  private final SimLoop loop = new SimLoop();
  private final FakeCluster cluster = new FakeCluster(loop);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final HandoverDriver driver = driver();

  private HandoverDriver driver() {
    var ports =
        new HandoverDriver.Ports(
            cluster, cluster, cluster, loop, loop, new HandoverMetrics(meters));
    return new HandoverDriver(ports, LIMITS);
  }

  private static GroupId to(Handover handover) {
    return new GroupId(handover.getTo());
  }

  private List<Phase> phases() {
    return driver.handovers().stream().map(HandoverStatus::getPhase).toList();
  }

  @Test
  void aRecordedHandoverIsDrivenToItsEnd() {
    Handover handover = cluster.begin("m", 1);
    driver.start();
    loop.advance(1_000);
    HandoverStatus status = driver.handovers().getFirst();
    assertThat(status.getPhase()).isEqualTo(Phase.DONE);
    assertThat(status.getHandover()).isEqualTo(handover);
    assertThat(status.getPausedMillis()).isBetween(1L, 20L);
    assertThat(cluster.map.locate(Key.utf8("z")).group()).isEqualTo(to(handover));
    assertThat(meters.get("flotilla.handover.pause").timer().count()).isEqualTo(1);
    assertThat(meters.get("flotilla.handover.running").gauge().value()).isZero();
  }

  @Test
  void aHandoverThatBeginsLaterIsNoticed() {
    driver.start();
    loop.advance(10);
    cluster.begin("m", 1);
    loop.advance(HandoverDriver.IDLE_LOOK_MILLIS + 1_000);
    assertThat(phases()).containsExactly(Phase.DONE);
  }

  @Test
  void noMoreThanSomeAreDrivenAtTheSameTimeTheOldestFirst() {
    Handover first = cluster.begin("d", 1);
    Handover second = cluster.begin("c", 2);
    cluster.begin("b", 3);
    cluster.mute.add(to(first));
    cluster.mute.add(to(second));
    driver.start();
    loop.advance(2_000);
    assertThat(phases()).containsExactly(Phase.STARTING, Phase.STARTING, Phase.STARTING);
    assertThat(driver.handovers().getLast().getNote()).contains("waits until");
    assertThat(cluster.asked).doesNotContain("3 HANDOVER_OUT");
    cluster.mute.clear();
    loop.advance(20_000);
    assertThat(phases()).containsOnly(Phase.DONE).hasSize(3);
  }

  @Test
  void aNewLeaderGoesOnAndTheOldOneDoesNot() {
    Handover handover = cluster.begin("m", 1);
    cluster.mute.add(to(handover));
    driver.start();
    loop.advance(100);
    cluster.leads = false;
    loop.advance(100);
    assertThatThrownBy(driver::handovers)
        .isInstanceOfSatisfying(
            RejectedException.class,
            refused -> assertThat(refused.rejection()).isInstanceOf(Rejection.NotLeader.class));
    cluster.asked.clear();
    cluster.mute.clear();
    loop.advance(20_000);
    assertThat(cluster.asked).isEmpty();
    cluster.leads = true;
    driver.look();
    loop.advance(1_000);
    assertThat(phases()).containsExactly(Phase.DONE);
  }

  @Test
  void aDriverThatIsStoppedDoesNothingMore() {
    cluster.begin("m", 1);
    driver.start();
    loop.advance(1);
    driver.stop();
    cluster.asked.clear();
    loop.advance(60_000);
    assertThat(cluster.asked).isEmpty();
    assertThat(loop.queued()).isZero();
    assertThat(cluster.recorded).isNotEmpty();
  }

  @Test
  void oneThatIsCancelledIsAbandoned() {
    Handover handover = cluster.begin("m", 1);
    cluster.mute.add(to(handover));
    driver.start();
    loop.advance(100);
    driver.cancel(handover.getNumber(), "enough");
    driver.cancel(77, "of nothing");
    loop.advance(100);
    HandoverStatus status = driver.handovers().getFirst();
    assertThat(status.getPhase()).isEqualTo(Phase.ABANDONED);
    assertThat(status.getNote()).isEqualTo("enough");
    assertThat(cluster.recorded).isEmpty();
    assertThat(meters.get("flotilla.handover.abandoned").counter().count()).isEqualTo(1);
  }

  @Test
  void oneThatAnotherLeaderAbandonedEnds() {
    Handover handover = cluster.begin("m", 1);
    cluster.mute.add(to(handover));
    driver.start();
    loop.advance(100);
    cluster.recorded.clear();
    loop.advance(100);
    assertThat(phases()).containsExactly(Phase.ABANDONED);
  }

  @Test
  void aSwitchThatIsAbortedIsTriedAgain() {
    cluster.begin("m", 1);
    cluster.switchFails = new Rejection.NoLeader();
    driver.start();
    loop.advance(400);
    assertThat(cluster.asked.stream().filter("switch 1"::equals)).hasSizeGreaterThan(1);
    assertThat(driver.handovers().getFirst().getNote()).contains("aborted");
    cluster.switchFails = null;
    loop.advance(10_000);
    assertThat(phases()).containsExactly(Phase.DONE);
    assertThat(meters.get("flotilla.handover.switches.aborted").counter().count()).isPositive();
  }

  @Test
  void aHandoverIsDoneWhenTheTargetServesTheRange() {
    cluster.begin("m", 1);
    cluster.serves = false;
    driver.start();
    loop.advance(1_000);
    assertThat(phases()).containsExactly(Phase.SWITCHING);
    cluster.serves = true;
    loop.advance(100);
    HandoverStatus status = driver.handovers().getFirst();
    assertThat(status.getPhase()).isEqualTo(Phase.DONE);
    assertThat(status.getPausedMillis()).isBetween(900L, 1_100L);
  }

  @Test
  void anAlarmEndsWhatIsDrivenAndLetsNothingBegin() {
    Handover handover = cluster.begin("m", 1);
    cluster.mute.add(to(handover));
    driver.start();
    loop.advance(100);
    cluster.alarm = "NOSPACE";
    loop.advance(100);
    assertThat(driver.handovers().getFirst().getNote()).contains("NOSPACE");
    cluster.begin("c", 2);
    loop.advance(2_000);
    assertThat(phases()).containsExactly(Phase.STARTING, Phase.ABANDONED);
    cluster.alarm = "";
    loop.advance(2_000);
    assertThat(phases()).containsExactly(Phase.ABANDONED, Phase.DONE);
  }

  @Test
  void onlySomeOfThoseThatEndedAreRemembered() {
    driver.start();
    for (int i = 0; i < 5; i++) {
      cluster.begin("k" + i, 10 + i);
      loop.advance(2_000);
    }
    assertThat(driver.handovers())
        .extracting(status -> status.getHandover().getNumber())
        .containsExactly(3L, 4L, 5L);
  }

  // ---- what is left over

  private void known(int group, long number, boolean caughtUp) {
    cluster.known.add(
        new HandoverGroups.Known(new GroupId(group), new TreeSet<>(List.of(number)), caughtUp));
  }

  @Test
  void groupsLearnThatOneWasAbandoned() {
    cluster.last = 5;
    known(3, 4, true);
    driver.start();
    loop.advance(10);
    assertThat(cluster.asked).containsExactly("3 HANDOVER_CANCEL");
    assertThat(cluster.known).isEmpty();
  }

  @Test
  void aGroupThatMayHaveItsEndInTheJournalIsLeftAlone() {
    cluster.last = 5;
    known(3, 4, false);
    driver.start();
    loop.advance(5_000);
    assertThat(cluster.asked).isEmpty();
  }

  @Test
  void aHandoverThatIsNotKnownHereYetIsLeftAlone() {
    cluster.last = 5;
    known(3, 6, true);
    driver.start();
    loop.advance(5_000);
    assertThat(cluster.asked).isEmpty();
  }

  @Test
  void oneThatIsRecordedIsLeftAlone() {
    Handover handover = cluster.begin("m", 1);
    cluster.mute.add(to(handover));
    known(1, handover.getNumber(), true);
    driver.start();
    loop.advance(3_000);
    assertThat(cluster.asked).doesNotContain("1 HANDOVER_CANCEL");
  }

  @Test
  void aCancelThatIsNotAnsweredIsAskedAgainOneAtATime() {
    cluster.last = 5;
    known(3, 4, true);
    cluster.mute.add(new GroupId(3));
    driver.start();
    loop.advance(4_000);
    assertThat(cluster.asked).hasSize(1);
    loop.advance(4_000);
    assertThat(cluster.asked).hasSize(2);
  }

  // ---- groups without keys

  @Test
  void aGroupWithoutKeysIsRetiredAfterAWhile() {
    cluster.groups.add(new GroupId(9));
    driver.start();
    loop.advance(9_000);
    assertThat(cluster.groups).isNotEmpty();
    loop.advance(3_000);
    assertThat(cluster.groups).isEmpty();
    assertThat(meters.get("flotilla.handover.retired").counter().count()).isEqualTo(1);
  }

  @Test
  void aRetirementThatFailsIsTriedAgain() {
    cluster.groups.add(new GroupId(9));
    cluster.rootRefuses = new Rejection.TooManyRequests();
    driver.start();
    loop.advance(15_000);
    assertThat(cluster.groups).isNotEmpty();
    cluster.rootRefuses = null;
    loop.advance(2_000);
    assertThat(cluster.groups).isEmpty();
  }

  @Test
  void anEndThatTheRootGroupRefusesIsAskedForAgain() {
    Handover handover = cluster.begin("m", 1);
    cluster.mute.add(to(handover));
    driver.start();
    loop.advance(100);
    cluster.rootRefuses = new Rejection.TooManyRequests();
    driver.cancel(handover.getNumber(), "enough");
    loop.advance(300);
    assertThat(cluster.recorded).isNotEmpty();
    cluster.rootRefuses = null;
    loop.advance(2_000);
    assertThat(phases()).containsExactly(Phase.ABANDONED);
  }
}
