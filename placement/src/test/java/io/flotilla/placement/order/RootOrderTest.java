package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.TWO;
import static io.flotilla.placement.order.Items.compaction;
import static io.flotilla.placement.order.Items.report;
import static io.flotilla.placement.order.Items.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.InvariantViolation;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.JournalItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RootOrderTest {
  private final MapStateTree tree = new MapStateTree();
  private final RootOrder order = RootOrder.restore(tree);

  private void found(int groups) {
    order.found(Items.groups(groups));
  }

  @Test
  void treeOfAClusterWithoutShardGroupsStaysEmpty() {
    found(0);
    assertThat(tree.size()).isZero();
    assertThat(order.isEmpty()).isTrue();
    assertThat(order.barrier(9)).isEqualTo(new BarrierPoint(9, Map.of()));
  }

  @Test
  void newMutationsTakeTheNextRevisions() {
    found(2);
    assertThat(order.cut(report(ONE, 3, 0), 10)).isEqualTo(run(1, 1, 3, 11));
    assertThat(order.cut(report(TWO, 1, 0), 13)).isEqualTo(run(1, 1, 1, 14));
    assertThat(order.cut(report(ONE, 5, 0), 14)).isEqualTo(run(2, 4, 5, 15));
    assertThat(order.order(ONE))
        .isEqualTo(GroupOrder.newBuilder().setOrdered(5).setLastItem(2).build());
    assertThat(order.barrier(16)).isEqualTo(new BarrierPoint(16, Map.of(ONE, 2L, TWO, 1L)));
  }

  @Test
  void lowerReportIsOldNews() {
    found(1);
    order.cut(report(ONE, 3, 0), 1);
    order.cut(report(ONE, 4, 1), 4);
    GroupOrder before = order.order(ONE);
    assertThat(order.cut(report(ONE, 2, 0), 5)).isNull();
    assertThat(order.cut(report(ONE, 4, 1), 5)).isNull();
    assertThat(order.order(ONE)).isEqualTo(before);
  }

  @Test
  void groupThatIsNotKnownIsPassedOver() {
    found(1);
    int size = tree.size();
    assertThat(order.cut(report(TWO, 3, 0), 1)).isNull();
    assertThat(order.order(TWO)).isNull();
    assertThat(order.journal(TWO, 1)).isEmpty();
    assertThat(tree.size()).isEqualTo(size);
  }

  @Test
  void journalDropsWhatIsLogged() {
    found(1);
    order.cut(report(ONE, 1, 0), 1);
    order.add(ONE, compaction(2), 2);
    order.cut(report(ONE, 2, 0), 2);
    int size = tree.size();
    assertThat(order.cut(report(ONE, 2, 2), 3)).isNull();
    assertThat(order.journal(ONE, 1)).containsExactly(run(3, 2, 2, 3));
    assertThat(order.journal(ONE, 3)).hasSize(1);
    assertThat(order.journal(ONE, 4)).isEmpty();
    assertThat(order.journal(ONE, 99)).isEmpty();
    assertThat(tree.size()).isEqualTo(size - 2);
  }

  @Test
  void itemThatWasNeverMadeCannotBeLogged() {
    found(1);
    order.cut(report(ONE, 1, 0), 1);
    assertThatThrownBy(() -> order.cut(report(ONE, 1, 2), 2))
        .isInstanceOf(InvariantViolation.class);
  }

  @Test
  void foundedGroupGoesOnFromWhereTheOrderStands() {
    found(2);
    order.cut(report(ONE, 5, 0), 1);
    GroupRecord record = order.found(GroupRecord.newBuilder().addFounders(7).setRevision(6));
    assertThat(record.getGroup()).isEqualTo(3);
    assertThat(order.order(new GroupId(3))).isEqualTo(GroupOrder.getDefaultInstance());
    assertThat(order.add(new GroupId(3), compaction(4), 6).getNumber()).isEqualTo(1);
    RootOrder again = RootOrder.restore(tree);
    assertThat(again.groups()).isEqualTo(order.groups()).hasSize(3).contains(record);
    assertThat(again.journal(new GroupId(3), 1)).hasSize(1);
  }

  @Test
  void retiredGroupLeavesNothingButItsNumber() {
    found(1);
    var left = new MapStateTree();
    RootOrder.restore(left).found(Items.groups(1));
    int size = left.size();
    GroupId gone = new GroupId(order.found(GroupRecord.newBuilder()).getGroup());
    order.cut(report(gone, 3, 0), 1);
    order.add(gone, compaction(2), 4);
    order.cut(report(gone, 3, 1), 4);
    order.retire(gone);
    assertThat(tree.size()).as("with the highest number").isEqualTo(size + 1);
    assertThat(order.has(gone)).isFalse();
    assertThat(order.journal(gone, 1)).isEmpty();
    assertThat(order.cut(report(gone, 9, 0), 4)).as("a late report").isNull();
    assertThat(order.barrier(4).lastItem()).containsOnlyKeys(ONE);
    assertThatThrownBy(() -> order.retire(gone)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void numbersOfGroupsAreNotGivenOutAgain() {
    found(2);
    for (int next = 3; next < 8; next++) {
      RootOrder now = RootOrder.restore(tree);
      var founded = new GroupId(now.found(GroupRecord.newBuilder()).getGroup());
      assertThat(founded.value()).isEqualTo(next);
      now.retire(founded);
    }
    RootOrder last = RootOrder.restore(tree);
    last.retire(ONE);
    last.retire(TWO);
    assertThat(last.isEmpty()).isTrue();
    RootOrder again = RootOrder.restore(tree);
    assertThat(again.everHadGroups()).isTrue();
    assertThatThrownBy(() -> again.found(Items.groups(1))).isInstanceOf(InvariantViolation.class);
  }

  /// What was founded after the last retirement is above the number that it left.
  @Test
  void groupFoundedAfterARetirementCountsAfterARestart() {
    found(1);
    order.retire(new GroupId(order.found(GroupRecord.newBuilder()).getGroup()));
    order.found(GroupRecord.newBuilder());
    assertThat(RootOrder.restore(tree).found(GroupRecord.newBuilder()).getGroup()).isEqualTo(4);
  }

  @Test
  void listOfGroupsIsTheSameUntilTheyChange() {
    found(1);
    List<GroupRecord> before = order.groups();
    order.cut(report(ONE, 3, 0), 1);
    assertThat(order.groups()).isSameAs(before);
    order.found(GroupRecord.newBuilder());
    assertThat(order.groups()).hasSize(2);
  }

  /// Against maps of everything that ever happened, with restarts.
  @Test
  void anythingGoesOnAfterARestart() {
    Seeds.forEach(RootOrderTest::runAgainstModel);
  }

  private static void runAgainstModel(Random random) {
    var tree = new MapStateTree();
    var order = RootOrder.restore(tree);
    order.found(Items.groups(3));
    var journals = new TreeMap<GroupId, List<JournalItem>>();
    long[] executed = new long[4];
    long[] ordered = new long[4];
    long[] logged = new long[4];
    long revision = 1;
    for (int step = 0; step < 300; step++) {
      int number = 1 + random.nextInt(3);
      var group = new GroupId(number);
      List<JournalItem> all = journals.computeIfAbsent(group, _ -> new ArrayList<>());
      switch (random.nextInt(5)) {
        case 0 -> order = RootOrder.restore(tree);
        case 1 -> all.add(order.add(group, compaction(step), revision));
        case 2 -> executed[number] += random.nextInt(4);
        default -> {
          long told = executed[number] - random.nextInt(2) * Math.min(2, executed[number]);
          long held = all.isEmpty() ? 0 : random.nextInt(all.size() + 1);
          JournalItem run = order.cut(report(group, told, held), revision);
          logged[number] = Math.max(logged[number], held);
          if (told > ordered[number]) {
            assertThat(run).isEqualTo(run(all.size() + 1, ordered[number] + 1, told, revision + 1));
            revision += told - ordered[number];
            ordered[number] = told;
            all.add(run);
          } else {
            assertThat(run).isNull();
          }
        }
      }
      assertThat(order.journal(group, 1)).isEqualTo(all.subList((int) logged[number], all.size()));
      int from = 1 + random.nextInt(all.size() + 2);
      int first = (int) Math.min(Math.max(from - 1, logged[number]), all.size());
      assertThat(order.journal(group, from)).isEqualTo(all.subList(first, all.size()));
      assertThat(order.order(group))
          .isEqualTo(
              GroupOrder.newBuilder()
                  .setOrdered(ordered[number])
                  .setLastItem(all.size())
                  .setLogged(logged[number])
                  .build());
    }
    assertThat(revision).isGreaterThan(10);
  }
}
