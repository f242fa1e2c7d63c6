package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Keys move between the groups of whole clusters on virtual time, while clients write.
class HandoversTest {
  /// How many runs; more with `-Dseeds=`.
  private static final int SEEDS = Integer.getInteger("seeds", 4);

  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);
  private static final GroupId THREE = new GroupId(3);
  private static final String[] KEYS = {"a", "c", "f", "m", "p", "t", "x"};

  private final HandoverWorld world = new HandoverWorld(new Random(7), 3, "m");

  private HandoverStatus done(ChangeShardsResponse begun) {
    assertThat(begun.getRefusal()).isEmpty();
    world.awaitHandovers();
    HandoverStatus status = world.handovers().getLast();
    assertThat(status.getHandover()).isEqualTo(begun.getHandover());
    assertThat(status.getPhase()).as(status.getNote()).isEqualTo(HandoverStatus.Phase.DONE);
    return status;
  }

  private void check() {
    world.rest();
    world.checkKeys();
    world.checkHistory();
    world.checkOrder();
    world.cluster.advance(3_000);
    world.checkNothingIsLeft();
  }

  @Test
  void aSplitGivesTheUpperKeysToANewGroup() {
    world.write(KEYS);
    world.cluster.advance(1_000);
    HandoverStatus status = done(world.change(HandoverWorld.split("p")));
    assertThat(status.getHandover().getFrom()).isEqualTo(1);
    assertThat(status.getHandover().getTo()).isEqualTo(2);
    assertThat(status.getRecords()).isPositive();
    assertThat(status.getPausedMillis()).isBetween(1L, 300L);
    world.cluster.advance(1_000);
    world
        .cluster
        .running()
        .forEach(
            node -> {
              assertThat(world.owner(node, "o")).isEqualTo(ONE);
              assertThat(world.owner(node, "p")).isEqualTo(TWO);
              assertThat(world.owner(node, "z")).isEqualTo(TWO);
            });
    check();
  }

  @Test
  void aMergeBringsThemBackAndTheGroupIsRetired() {
    world.write(KEYS);
    done(world.change(HandoverWorld.split("p")));
    world.cluster.advance(500);
    done(world.change(HandoverWorld.merge("p")));
    world.cluster.advance(500);
    assertThat(world.owner(world.node(), "z")).isEqualTo(ONE);
    world.cluster.advance(12_000);
    world.cluster.running().forEach(node -> assertThat(node.machines).doesNotContainKey(TWO));
    check();
  }

  @Test
  void aSplitOfTheRootGroupTakesItsKeysAlong() {
    world.write(KEYS);
    world.cluster.advance(500);
    done(world.change(HandoverWorld.split("c")));
    assertThat(world.owner(world.node(), "b")).isEqualTo(GroupId.ROOT);
    assertThat(world.owner(world.node(), "c")).isEqualTo(TWO);
    assertThat(world.owner(world.node(), "m")).isEqualTo(ONE);
    check();
  }

  @Test
  void theRootGroupTakesKeysIn() {
    world.write(KEYS);
    world.cluster.advance(500);
    done(world.change(HandoverWorld.merge("m")));
    world
        .cluster
        .running()
        .forEach(node -> assertThat(world.owner(node, "z")).isEqualTo(GroupId.ROOT));
    world.cluster.advance(500);
    check();
  }

  @Test
  void aDetachTakesOneRangeOfTheRootGroupAfterTheOther() {
    world.write(KEYS);
    done(world.change(HandoverWorld.split("c"))); // root [, c), two [c, m), one [m, )
    done(world.change(HandoverWorld.split("f"))); // three [f, m)
    done(world.change(HandoverWorld.merge("c"))); // root [, f)
    done(world.change(HandoverWorld.split("b")));
    world.change(HandoverWorld.detach());
    for (int i = 0; i < 100 && ownsKeys(GroupId.ROOT); i++) {
      world.awaitHandovers();
    }
    assertThat(ownsKeys(GroupId.ROOT)).isFalse();
    world.cluster.advance(500);
    check();
  }

  private boolean ownsKeys(GroupId group) {
    return !world.cluster.leader(GroupId.ROOT).machine.shardMap().ranges(group).isEmpty();
  }

  @Test
  void aNewLeaderOfTheRootGroupGoesOn() {
    world.write(KEYS);
    world.cluster.advance(2_000);
    world.change(HandoverWorld.split("p"));
    for (int i = 0; i < 4; i++) {
      world.cluster.advance(15);
      ShardCluster.Node leader = world.cluster.leader(GroupId.ROOT);
      leader.crash();
      world.cluster.leader(GroupId.ROOT);
      leader.restart();
    }
    world.awaitHandovers();
    world.cluster.advance(2_000);
    assertThat(world.owner(world.node(), "z")).isEqualTo(TWO);
    check();
  }

  @Test
  void oneThatIsCancelledLeavesNothingBehind() {
    world.write(KEYS);
    world.cluster.advance(1_000);
    ChangeShardsResponse begun = world.change(HandoverWorld.split("p"));
    ChangeShardsResponse answer =
        world.change(HandoverWorld.cancel(begun.getHandover().getNumber()));
    assertThat(answer.getRefusal()).isEmpty();
    world.awaitHandovers();
    assertThat(world.handovers().getLast().getPhase()).isEqualTo(HandoverStatus.Phase.ABANDONED);
    assertThat(world.owner(world.node(), "z")).isEqualTo(ONE);
    world.cluster.advance(3_000);
    check();
    world.write(KEYS);
    done(world.change(HandoverWorld.split("p")));
    check();
  }

  @Test
  void twoHandoversOfDifferentGroupsGoOnAtTheSameTime() {
    world.write(KEYS);
    world.change(HandoverWorld.split("c"));
    world.change(HandoverWorld.split("p"));
    assertThat(world.handovers()).hasSizeGreaterThanOrEqualTo(2);
    world.awaitHandovers();
    assertThat(world.handovers())
        .extracting(HandoverStatus::getPhase)
        .containsOnly(HandoverStatus.Phase.DONE);
    assertThat(world.owner(world.node(), "c")).isEqualTo(TWO);
    assertThat(world.owner(world.node(), "p")).isEqualTo(THREE);
    check();
  }

  @Test
  void contradictingChangesAreRefusedInWords() {
    world.write(KEYS);
    world.change(HandoverWorld.split("p"));
    assertThat(world.change(HandoverWorld.split("t")).getRefusal()).contains("handover 1");
    assertThat(world.change(HandoverWorld.merge("x")).getRefusal()).contains("shards start at");
    assertThat(world.change(HandoverWorld.cancel(9)).getRefusal()).contains("not under way");
    world.awaitHandovers();
    check();
  }

  @Test
  void keysMoveWhateverBreaks() {
    Seeds.forEach(SEEDS, HandoversTest::run);
  }

  private static void run(Random random) {
    var world = new HandoverWorld(random, 3, "m");
    world.write(KEYS);
    for (int i = 0; i < 30; i++) {
      disturb(world, random);
      world.cluster.advance(50 + random.nextInt(400));
    }
    world.cluster.nodes.stream().filter(node -> !node.up).forEach(ShardCluster.Node::restart);
    world.cluster.network.endSilence();
    world.cluster.network.heal();
    world.awaitHandovers();
    world.rest();
    world.cluster.advance(20_000);
    world.checkKeys();
    world.checkHistory();
    world.checkOrder();
    world.checkNothingIsLeft();
    assertThat(world.answered()).isGreaterThan(100);
  }

  private static void disturb(HandoverWorld world, Random random) {
    List<ShardCluster.Node> nodes = world.cluster.nodes;
    ShardCluster.Node one = nodes.get(random.nextInt(nodes.size()));
    ShardCluster.Node other = nodes.get(random.nextInt(nodes.size()));
    switch (random.nextInt(12)) {
      case 0 -> {
        if (world.cluster.running().size() == 3) {
          world.node().crash();
        }
      }
      case 1, 2 ->
          world.cluster.nodes.stream().filter(node -> !node.up).forEach(ShardCluster.Node::restart);
      case 3, 4 -> ask(world, HandoverWorld.split(KEYS[random.nextInt(KEYS.length)]));
      case 5 -> ask(world, HandoverWorld.merge(KEYS[random.nextInt(KEYS.length)]));
      case 6 -> ask(world, HandoverWorld.detach());
      case 7 -> ask(world, HandoverWorld.cancel(1 + random.nextInt(10)));
      case 8 -> {
        if (one.up && other.up && one != other) {
          world.cluster.network.cut(one.id, other.id);
        }
      }
      case 9 -> world.cluster.network.silence(one.id, other.id);
      case 10 -> {
        world.cluster.network.endSilence();
        world.cluster.network.heal();
      }
      default ->
          one.shards
              .admin()
              .transfer(new GroupId(random.nextInt(4)), other.id, world.cluster.in(500));
    }
  }

  private static void ask(HandoverWorld world, ChangeShardsRequest request) {
    world.node().shards.admin().change(request, world.cluster.in(2_000));
  }
}
