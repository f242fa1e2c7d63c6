package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.placement.testing.MapStateTree;
import org.junit.jupiter.api.Test;

class LeaseGroupsTest {
  private static final GroupId THREE = new GroupId(3);

  private final MapStateTree tree = new MapStateTree();
  private final LeaseGroups groups = LeaseGroups.restore(tree);

  @Test
  void groupJoinsEveryLeaseOfAnother() {
    groups.attach(5, ONE);
    groups.attach(6, TWO);
    groups.attach(7, ONE);
    groups.attach(7, THREE);
    groups.attachAllOf(ONE, THREE);
    for (LeaseGroups each : new LeaseGroups[] {groups, LeaseGroups.restore(tree)}) {
      assertThat(each.of(5)).containsExactly(ONE, THREE);
      assertThat(each.of(6)).containsExactly(TWO);
      assertThat(each.of(7)).containsExactly(ONE, THREE);
    }
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
    assertThat(tree.size()).isEqualTo(1);
    groups.forget(6);
    assertThat(tree.size()).isZero();
  }
}
