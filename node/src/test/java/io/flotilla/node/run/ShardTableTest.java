package io.flotilla.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Origin;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.GroupStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShardTableTest {
  private static final GroupStatus LED =
      new GroupStatus(1, new NodeId(0xab), false, false, 12, 12, 11, 12, Membership.none());

  @Test
  void everyShardIsALineAsThisNodeKnowsIt() {
    List<Key> borders = List.of(Key.utf8("a,"), Key.of(new byte[] {-1}));
    var map = new Origin(Origin.Kind.FOUNDED, List.of(), borders).shardMap();
    var order = GroupOrder.newBuilder().setOrdered(7).setLastItem(5).setLogged(3).build();
    var cluster = new Cluster(1, List.of());
    var facts =
        new RootFacts(
            9, 0, 0, List.of(), cluster, map, List.of(), Map.of(new GroupId(1), order), List.of());
    var table = new ShardTable(() -> facts, group -> group.value() == 2 ? null : LED).text();
    assertThat(table)
        .isEqualTo(
            """
            GROUP  FROM   TO     LEADER  APPLIED  ORDERED  ITEMS  UNLOGGED
            0      -      a\\x2c  ab      11       -        -      -
            1      a\\x2c  \\xff   ab      11       7        5      2
            2      \\xff   -      -       -        -        -      -
            """);
  }
}
