package io.flotilla.placement.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.proto.command.GroupRecord;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PlacementsTest {
  private static final GroupRecord EVERYWHERE = GroupRecord.newBuilder().setGroup(1).build();

  private static List<NodeId> nodes(long... ids) {
    return LongStream.of(ids).mapToObj(NodeId::new).toList();
  }

  private static GroupRecord placed(GroupRecord record, Collection<NodeId> nodes) {
    return Placements.place(record, nodes, nodes(1, 2, 3, 4));
  }

  private static GroupRecord settled(GroupRecord record) {
    return Placements.settle(record, nodes(1, 2, 3, 4));
  }

  @Test
  void aGroupWithoutNodesIsOnEveryMember() {
    assertThat(Placements.isEverywhere(EVERYWHERE)).isTrue();
    assertThat(Placements.isMoving(EVERYWHERE)).isFalse();
    assertThat(Placements.hosts(EVERYWHERE, new NodeId(9))).isTrue();
    assertThat(Placements.wanted(EVERYWHERE, nodes(1, 2))).containsExactlyElementsOf(nodes(1, 2));
    assertThat(Placements.holders(EVERYWHERE, nodes(1, 2))).containsExactlyElementsOf(nodes(1, 2));
  }

  @Test
  void whoHeldItGoesOnHoldingItUntilItIsSettled() {
    GroupRecord record = placed(EVERYWHERE, nodes(1, 2));
    assertThat(record.getNodesList()).containsExactly(1L, 2L);
    assertThat(record.getHoldersList()).containsExactly(1L, 2L, 3L, 4L);
    assertThat(record.getPlacement()).isEqualTo(1);
    assertThat(Placements.hosts(record, new NodeId(3))).isTrue();
    assertThat(Placements.isMoving(record)).isTrue();
    GroupRecord settled = settled(record);
    assertThat(settled.getHoldersList()).containsExactly(1L, 2L);
    assertThat(settled.getLeavingList()).containsExactly(3L, 4L);
    assertThat(settled.getPlacement()).isEqualTo(1);
    assertThat(Placements.hosts(settled, new NodeId(3))).isFalse();
    assertThat(Placements.isLeaving(settled, new NodeId(3))).isTrue();
    GroupRecord dropped = Placements.drop(settled, new NodeId(3));
    assertThat(dropped.getLeavingList()).containsExactly(4L);
  }

  @Test
  void aPlacementThatFollowsAnotherKeepsTheHoldersOfBoth() {
    GroupRecord record = settled(placed(EVERYWHERE, nodes(1, 2)));
    record = Placements.drop(Placements.drop(record, new NodeId(3)), new NodeId(4));
    record = placed(placed(record, nodes(1, 3)), nodes(1, 4));
    assertThat(record.getNodesList()).containsExactly(1L, 4L);
    assertThat(record.getHoldersList()).containsExactly(1L, 2L, 3L, 4L);
    assertThat(record.getPlacement()).isEqualTo(3);
  }

  @Test
  void aGroupThatGoesBackToEveryMemberIsAsItWas() {
    GroupRecord record = settled(placed(EVERYWHERE, nodes(1, 2)));
    record = Placements.drop(Placements.drop(record, new NodeId(3)), new NodeId(4));
    record = placed(record, List.of());
    assertThat(Placements.isMoving(record)).as("the members learn first").isTrue();
    record = settled(record);
    assertThat(record).isEqualTo(EVERYWHERE.toBuilder().setPlacement(2).build());
  }

  @Test
  void aMemberThatLeftIsNamedNowhere() {
    GroupRecord record = placed(settled(placed(EVERYWHERE, nodes(1, 2, 3))), nodes(1, 2));
    GroupRecord pruned = Placements.prune(record, nodes(1, 3));
    assertThat(pruned.getNodesList()).containsExactly(1L);
    assertThat(pruned.getHoldersList()).containsExactly(1L, 3L);
    assertThat(pruned.getLeavingList()).isEmpty();
    assertThat(Placements.prune(pruned, nodes(1, 3))).isSameAs(pruned);
    assertThat(Placements.prune(EVERYWHERE, nodes(7))).isSameAs(EVERYWHERE);
  }

  /// It would be a group on every member otherwise, which nobody asked for.
  @Test
  void theLastNodeStaysNamedWhenItLeaves() {
    GroupRecord record = settled(placed(EVERYWHERE, nodes(2)));
    assertThat(Placements.prune(record, nodes(1, 3)).getNodesList()).containsExactly(2L);
  }

  @Test
  void newGroupsGoWhereThereIsLeast() {
    var records = List.of(settled(placed(EVERYWHERE, nodes(1, 2))));
    var load = new Placements.Load(records, nodes(1, 2, 3, 4), nodes());
    assertThat(Placements.choose(2, nodes(1, 2, 3, 4), load, nodes()))
        .containsExactlyElementsOf(nodes(3, 4));
    assertThat(Placements.choose(3, nodes(1, 2, 3, 4), load, nodes(2)))
        .as("near ones first among equals")
        .containsExactlyElementsOf(nodes(2, 3, 4));
    assertThat(Placements.choose(0, nodes(1, 2, 3, 4), load, nodes())).isEmpty();
    assertThat(Placements.choose(5, nodes(1, 2, 3, 4), load, nodes()))
        .as("more than there are: every member, also those to come")
        .isEmpty();
    var drained = new Placements.Load(records, nodes(1, 2, 3, 4), nodes(3));
    assertThat(Placements.choose(2, nodes(1, 2, 3, 4), drained, nodes()))
        .containsExactlyElementsOf(nodes(1, 4));
    assertThat(Placements.choose(4, nodes(1, 2, 3, 4), drained, nodes()))
        .as("a drained one before too few")
        .hasSize(4);
  }

  /// Whatever is asked for in whatever order: who is wanted may hold, nobody is wanted or holds who
  /// has not left yet. `-Dseed=` repeats the choices.
  @Test
  void nobodyComesBackBeforeItLeft() {
    long seed = Long.getLong("seed", new Random().nextInt());
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      GroupRecord record = EVERYWHERE;
      List<NodeId> members = nodes(1, 2, 3, 4, 5);
      for (int step = 0; step < 40; step++) {
        record = step(record, members, random);
        assertSound(record, members, seed);
      }
    }
  }

  private static GroupRecord step(GroupRecord record, List<NodeId> members, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> {
        var nodes = new TreeSet<>(members);
        nodes.removeIf(node -> random.nextBoolean() || Placements.isLeaving(record, node));
        boolean nobodyLeaves = record.getLeavingCount() == 0;
        yield nodes.isEmpty() && !nobodyLeaves ? record : Placements.place(record, nodes, members);
      }
      case 1 -> Placements.isMoving(record) ? Placements.settle(record, members) : record;
      default ->
          record.getLeavingCount() == 0
              ? record
              : Placements.drop(record, new NodeId(record.getLeaving(0)));
    };
  }

  private static void assertSound(GroupRecord record, List<NodeId> members, long seed) {
    Set<NodeId> holders = Placements.holders(record, members);
    assertThat(holders).as("seed %s", seed).containsAll(Placements.wanted(record, members));
    for (NodeId node : members) {
      boolean both = holders.contains(node) && Placements.isLeaving(record, node);
      assertThat(both).as("seed %s: %s", seed, record).isFalse();
    }
  }
}
