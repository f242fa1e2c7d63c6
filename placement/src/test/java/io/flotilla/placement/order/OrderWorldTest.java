package io.flotilla.placement.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.GroupOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OrderWorldTest {
  /// Messages are lost, doubled and late, leaders change, replicas lag: every mutation gets one
  /// revision, every replica processes every item, and in the end journals are empty.
  @Test
  void everyMutationIsOrderedOnceAndEveryReplicaHearsOfIt() {
    Seeds.forEach(40, OrderWorldTest::run);
  }

  private static void run(Random random) {
    var world = new OrderWorld(random);
    for (int step = 0; step < 1500; step++) {
      int dice = random.nextInt(200);
      if (dice == 0) {
        world.lead(random.nextInt(OrderWorld.NODES));
      } else if (dice <= 2) {
        world.lead(1 + random.nextInt(OrderWorld.GROUPS), random.nextInt(OrderWorld.NODES));
      } else if (dice <= 20) {
        world.write(1 + random.nextInt(OrderWorld.GROUPS));
      } else if (dice <= 100) {
        world.applySomewhere();
      } else {
        world.loop.advance(random.nextInt(10));
      }
    }
    world.settle();
    long total = world.mutations(1) + world.mutations(2);
    assertThat(total).isGreaterThan(50);
    for (OrderWorld.Node node : world.nodes) {
      assertThat(node.revision).as("dense").isEqualTo(1 + total);
      assertThat(node.completeness.completeToAll()).isEqualTo(1 + total);
      for (OrderWorld.Replica replica : node.replicas) {
        GroupOrder order = node.order.order(replica.group());
        assertThat(order.getOrdered()).isEqualTo(world.mutations(replica.group().value()));
        assertThat(replica.processed()).isEqualTo(order.getLastItem());
        assertThat(order.getLogged()).as("nothing is kept").isEqualTo(order.getLastItem());
        assertThat(node.order.journal(replica.group(), 1)).isEmpty();
      }
    }
  }
}
