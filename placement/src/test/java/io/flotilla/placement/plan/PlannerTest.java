package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.plan.PlanWorld.Done;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PlannerTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;

  private static final PlannerSettings SETTINGS =
      new PlannerSettings(
          PlannerMode.ON,
          new SplitRules(400, 20, 1_000, 0.6, MINUTE, 0.2, 32, 3),
          new MergeRules(100, 50, 500, 20 * MINUTE, HOUR),
          LeaderRules.STANDARD,
          Pace.STANDARD,
          PrefixRules.NONE,
          List.of());

  private static PlanWorld world(PlannerSettings settings, int keys) {
    var world = new PlanWorld(settings, new Random(7), 3);
    for (int i = 0; i < keys; i++) {
      world.writes(PlanWorld.key(i), 0);
    }
    return world;
  }

  private static PlanWorld world(int keys) {
    return world(SETTINGS, keys);
  }

  private static List<Step> steps(PlanWorld world) {
    return world.done.stream().map(Done::step).toList();
  }

  // ---- splits

  @Test
  void aLargeShardIsSplitInTheMiddle() {
    PlanWorld world = world(500);
    world.round();
    var split = (Step.Split) world.done.getFirst().step();
    assertThat(split.at()).as("between k00249 and k00250").isEqualTo(Key.utf8("k0025"));
    assertThat(split.action()).isEqualTo("split --at k0025");
    assertThat(split.change().getSplit().getAt().toStringUtf8()).isEqualTo("k0025");
    assertThat(world.done.getFirst().reason()).contains("50 % of the keys stay");
  }

  @Test
  void aBorderIsNoLongerThanItHasToBe() {
    PlanWorld world = world(0);
    for (int i = 0; i < 300; i++) {
      world.writes(Key.utf8("aaa/" + i), 0);
      world.writes(Key.utf8("abc/" + i), 0);
    }
    world.round();
    assertThat(((Step.Split) world.done.getFirst().step()).at()).isEqualTo(Key.utf8("ab"));
  }

  /// Its history is large, or its values are: taking keys apart does not help.
  @Test
  void aLargeShardOfFewKeysIsLeft() {
    PlanWorld world = world(10);
    world.bytesOfKey = 1_000;
    List<Proposal> plan = world.round();
    assertThat(plan).hasSize(1);
    assertThat(plan.getFirst().step()).isInstanceOf(Step.Leave.class);
    assertThat(plan.getFirst().reason()).contains("it has 10 keys only");
    assertThat(plan.getFirst().mayBegin()).isFalse();
  }

  @Test
  void aSingleHotKeyIsLeftAlone() {
    PlanWorld world = world(100);
    world.writes(PlanWorld.key(50), 5_000);
    world.run(HOUR);
    assertThat(world.done).isEmpty();
    Proposal told = world.round().getFirst();
    assertThat(told.step()).isEqualTo(new Step.Leave(GroupId.ROOT, KeyRange.ALL));
    assertThat(told.reason()).contains("one key takes 100 % of its writes");
  }

  @Test
  void aBusyShardIsSplitWhereItsWritesAreOnceItWasBusyForAWhile() {
    PlanWorld world = world(100);
    for (int i = 80; i < 100; i++) {
      world.writes(PlanWorld.key(i), 100);
    }
    world.run(MINUTE);
    assertThat(world.done).isEmpty();
    world.run(MINUTE);
    var split = (Step.Split) world.done.getFirst().step();
    assertThat(split.at()).isGreaterThan(PlanWorld.key(83)).isLessThan(PlanWorld.key(97));
  }

  @Test
  void aPeakSplitsNothing() {
    PlanWorld world = world(100);
    for (int i = 0; i < 10; i++) {
      world.writesEverywhere(100);
      world.run(50_000);
      world.writesEverywhere(1);
      world.run(10_000);
    }
    assertThat(world.done).isEmpty();
  }

  @Test
  void thereAreNoMoreGroupsThanAllowed() {
    PlanWorld world = world(5_000);
    world.run(3 * HOUR);
    assertThat(world.leaders).hasSize(4);
    assertThat(world.round().getFirst().heldBy()).isEqualTo("there are 3 groups already");
  }

  // ---- merges

  private static PlanWorld coldPair(PlannerSettings settings) {
    PlanWorld world = world(settings, 50);
    world.split(PlanWorld.key(25), 2);
    return world;
  }

  @Test
  void coldNeighboursAreMergedAfterAWhile() {
    PlanWorld world = coldPair(SETTINGS);
    world.run(HOUR);
    assertThat(world.done).isEmpty();
    world.run(MINUTE);
    assertThat(steps(world))
        .containsExactly(new Step.Merge(PlanWorld.key(25), new GroupId(1), GroupId.ROOT));
    assertThat(world.done.getFirst().reason()).contains("groups 0 and 1 together have");
  }

  @Test
  void readsKeepNeighboursApart() {
    PlanWorld world = coldPair(SETTINGS);
    world.readsOfGroup = 400;
    world.run(5 * HOUR);
    assertThat(world.done).isEmpty();
  }

  @Test
  void aBorderThatPeopleChoseStays() {
    PlanWorld world = coldPair(SETTINGS.keeping(List.of(PlanWorld.key(25))));
    world.run(5 * HOUR);
    assertThat(world.done).isEmpty();
  }

  /// Whether the root group serves keys is for people to decide.
  @Test
  void theRootGroupsOwnShardIsNotMergedAway() {
    PlanWorld world = world(50);
    GroupId first = world.split(PlanWorld.key(25), 2);
    world.map = world.map.move(Key.utf8(""), first).move(PlanWorld.key(25), GroupId.ROOT);
    world.run(5 * HOUR);
    assertThat(world.done).isEmpty();
  }

  @Test
  void settingsInWhichMergesCallForSplitsAreRefused() {
    assertThatThrownBy(
            () ->
                new PlannerSettings(
                    PlannerMode.ON,
                    SETTINGS.split(),
                    new MergeRules(101, 50, 500, 0, 0),
                    SETTINGS.leaders(),
                    SETTINGS.pace(),
                    SETTINGS.prefixes(),
                    List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a quarter");
  }

  // ---- leaders

  private static PlanWorld ledByOne(int groups) {
    PlanWorld world = world(SETTINGS.with(PlannerMode.LEADERS), 200);
    for (int i = 1; i <= groups; i++) {
      world.split(PlanWorld.key(10 * i), 1);
    }
    return world;
  }

  @Test
  void leadersLeaveANodeThatHasThemAll() {
    PlanWorld world = ledByOne(7);
    world.run(20 * MINUTE);
    assertThat(world.led().values()).containsExactlyInAnyOrder(2L, 3L, 3L);
    assertThat(world.leaders.get(GroupId.ROOT)).isEqualTo(new NodeId(1));
    assertThat(world.done).hasSize(6);
    assertThat(world.done.getFirst().step().action()).isEqualTo("transfer --group 1 --to 2");
  }

  @Test
  void aGroupWithMostOfTheLoadWeighsMore() {
    PlanWorld world = ledByOne(4);
    world.writes(PlanWorld.key(15), 900);
    world.run(20 * MINUTE);
    GroupId heavy = world.map.locate(PlanWorld.key(15)).group();
    NodeId bears = world.leaders.get(heavy);
    assertThat(world.led().get(bears)).as("it leads nothing else").isEqualTo(1);
  }

  @Test
  void aNodeThatComesBackIsGivenLeadersWhenItHasSettled() {
    PlanWorld world = ledByOne(4);
    world.change(2, node -> new NodeView(node.node(), false, false));
    world.change(3, node -> new NodeView(node.node(), false, false));
    world.run(5 * MINUTE);
    assertThat(world.done).isEmpty();
    world.change(2, node -> new NodeView(node.node(), true, false));
    world.run(LeaderRules.STANDARD.settleMillis());
    assertThat(world.done).isEmpty();
    world.run(5 * MINUTE);
    assertThat(world.led()).containsEntry(new NodeId(2), 3L).containsEntry(new NodeId(3), 0L);
  }

  @Test
  void groupsWithoutALeaderAreLetBe() {
    PlanWorld world = ledByOne(3);
    world.leaders.replaceAll((_, _) -> NodeId.NONE);
    world.run(5 * MINUTE);
    assertThat(world.done).isEmpty();
  }

  @Test
  void theRootGroupIsTheLastToLeaveANodeThatGoes() {
    PlanWorld world = ledByOne(3);
    world.change(1, node -> new NodeView(node.node(), true, true));
    List<Proposal> plan = world.round();
    assertThat(plan).hasSize(4);
    assertThat(plan.getLast().step().groups()).containsExactly(GroupId.ROOT);
    assertThat(plan.getLast().heldBy()).isEqualTo("the others go first");
    assertThat(plan.getFirst().reason()).isEqualTo("node 1 is about to go");
    world.run(10_000);
    assertThat(world.led()).containsEntry(new NodeId(1), 0L);
  }

  @Test
  void aNodeThatGoesKeepsItsLeadersWhenThereIsNobodyElse() {
    PlanWorld world = ledByOne(3);
    for (int node = 1; node <= 3; node++) {
      world.change(node, view -> new NodeView(view.node(), true, true));
    }
    assertThat(world.round()).isEmpty();
  }

  // ---- what holds steps back

  @Test
  void aPlannerThatIsOffSaysWhatItWouldDo() {
    PlanWorld world = world(SETTINGS.with(PlannerMode.OFF), 500);
    Proposal told = world.round().getFirst();
    assertThat(told.step()).isInstanceOf(Step.Split.class);
    assertThat(told.heldBy()).isEqualTo("the planner is set to off");
    assertThat(world.done).isEmpty();
  }

  @Test
  void oneStepAtATimeAndOneHandover() {
    PlanWorld world = world(SETTINGS, 2_000);
    world.split(PlanWorld.key(1_000), 1);
    List<Proposal> plan = world.round();
    assertThat(plan.stream().filter(Proposal::mayBegin)).hasSize(1);
    assertThat(plan.getLast().heldBy()).isEqualTo("another step comes first");
    plan = world.round();
    assertThat(plan)
        .extracting(Proposal::heldBy)
        .contains("1 under way, and no more than 1 at once");
  }

  @Test
  void keysAreWrittenAsTheCommandLineReadsThem() {
    var split = new Step.Split(GroupId.ROOT, KeyRange.ALL, Key.utf8("a,b\\ é"));
    assertThat(split.action()).isEqualTo("split --at a\\x2cb\\x5c\\x20\\xc3\\xa9");
  }
}
