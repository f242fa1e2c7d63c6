package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.Seeds;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LeaseGroupsTest {
  private static final GroupId THREE = new GroupId(3);

  private final MapStateTree tree = new MapStateTree();
  private final LeaseGroups groups = LeaseGroups.restore(tree);

  @Test
  void groupJoinsEveryLeaseOfAnotherAtOnce() {
    groups.attach(5, ONE);
    groups.attach(6, TWO);
    groups.attach(7, ONE);
    groups.attach(7, THREE);
    groups.attachAllOf(ONE, THREE);
    checkJoined(groups);
    checkJoined(LeaseGroups.restore(tree));
    groups.settle(1);
    checkJoined(groups);
    checkJoined(LeaseGroups.restore(tree));
    groups.settle(10);
    checkJoined(groups);
    assertThat(tree.size()).as("a row for each registration").isEqualTo(5);
  }

  private static void checkJoined(LeaseGroups each) {
    assertThat(each.of(5)).containsExactly(ONE, THREE);
    assertThat(each.of(6)).containsExactly(TWO);
    assertThat(each.of(7)).containsExactly(ONE, THREE);
    assertThat(each.of(8)).isEmpty();
  }

  @Test
  void groupThatIsForgottenIsRegisteredWithNone() {
    groups.attach(5, ONE);
    groups.attach(6, ONE);
    groups.attach(6, TWO);
    groups.forget(ONE);
    assertThat(groups.none(5)).isTrue();
    assertThat(groups.of(6)).containsExactly(TWO);
    assertThat(LeaseGroups.restore(tree).none(5)).isTrue();
    groups.settle(10);
    assertThat(tree.size()).isEqualTo(1);
    groups.forget(6);
    assertThat(tree.size()).isZero();
  }

  /// A group that hands everything over and is retired before the first of it is carried out.
  @Test
  void changesCountInTheirOrder() {
    groups.attach(5, ONE);
    groups.attachAllOf(ONE, TWO);
    groups.attachAllOf(TWO, THREE);
    groups.forget(ONE);
    groups.forget(TWO);
    for (int step = 0; step < 5; step++) {
      assertThat(groups.of(5)).containsExactly(THREE);
      assertThat(groups.none(5)).isFalse();
      groups.settle(1);
    }
    assertThat(tree.size()).isEqualTo(1);
    groups.attachAllOf(THREE, TWO);
    groups.attach(6, THREE);
    groups.forget(5);
    assertThat(groups.none(5)).as("a lease that is gone has no groups").isTrue();
    groups.settle(10);
    assertThat(tree.size()).isEqualTo(2);
  }

  @Test
  void leasesAtTheEndsAreNotForgotten() {
    groups.attach(Long.MIN_VALUE, ONE);
    groups.attach(Long.MAX_VALUE, ONE);
    groups.attachAllOf(ONE, TWO);
    for (int step = 0; step < 3; step++) {
      assertThat(groups.of(Long.MIN_VALUE)).containsExactly(ONE, TWO);
      assertThat(groups.of(Long.MAX_VALUE)).containsExactly(ONE, TWO);
      groups.settle(1);
    }
    assertThat(tree.size()).isEqualTo(4);
  }

  /// Against sets that change at once. A lease that joins the source later may or may not count for
  /// the target: here it does not join it while something is left to be carried out.
  @Test
  void whatIsCarriedOutLaterCountsFromTheBeginning() {
    Seeds.forEach(LeaseGroupsTest::runAgainstModel);
  }

  private static void runAgainstModel(Random random) {
    var tree = new MapStateTree();
    var groups = LeaseGroups.restore(tree);
    var model = new TreeMap<Long, TreeSet<GroupId>>();
    int highest = 3;
    for (int step = 0; step < 300; step++) {
      long lease = random.nextInt(20) - 10;
      var group = new GroupId(1 + random.nextInt(highest));
      switch (random.nextInt(10)) {
        case 0 -> {
          var founded = new GroupId(++highest);
          groups.attachAllOf(group, founded);
          model.values().stream().filter(of -> of.contains(group)).forEach(of -> of.add(founded));
        }
        case 1 -> {
          groups.forget(group);
          model.values().forEach(of -> of.remove(group));
        }
        case 2 -> {
          groups.forget(lease);
          model.remove(lease);
        }
        case 3, 4, 5 -> groups.settle(1 + random.nextInt(5));
        case 6 -> groups = LeaseGroups.restore(tree);
        default -> {
          for (int i = 0; i < 300; i++) {
            groups.settle(20);
          }
          groups.attach(lease, group);
          model.computeIfAbsent(lease, _ -> new TreeSet<>()).add(group);
        }
      }
      for (long each = -10; each < 10; each++) {
        TreeSet<GroupId> expected = model.getOrDefault(each, new TreeSet<>());
        assertThat(groups.of(each)).isEqualTo(List.copyOf(expected));
        assertThat(groups.none(each)).isEqualTo(expected.isEmpty());
      }
    }
    for (int i = 0; i < 300; i++) {
      groups.settle(20);
    }
    int registrations = model.values().stream().mapToInt(TreeSet::size).sum();
    assertThat(tree.size()).as("all is carried out").isEqualTo(registrations);
  }
}
