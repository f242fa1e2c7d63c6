package io.flotilla.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Origin;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.host.GroupStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShardTableTest {
  private static final GroupStatus LED =
      new GroupStatus(1, new NodeId(0xab), false, false, 12, 12, 11, 12, Membership.none());

  private static final ShardMap MAP =
      new Origin(Origin.Kind.FOUNDED, List.of(), List.of(Key.utf8("a,"), Key.of(new byte[] {-1})))
          .shardMap();

  private static String table(List<GroupRecord> groups, List<Handover> handovers) {
    return table(groups, handovers, List.of(), AuthFacts.NONE);
  }

  private static String table(
      List<GroupRecord> groups, List<Handover> handovers, List<NodeId> drained, AuthFacts auth) {
    var order = GroupOrder.newBuilder().setOrdered(7).setLastItem(5).setLogged(3).build();
    var cluster = new Cluster(1, List.of());
    var orders = Map.of(new GroupId(1), order);
    var facts =
        new RootFacts(9, 0, 0, List.of(), cluster, MAP, groups, orders, handovers, drained, auth);
    return new ShardTable(() -> facts, group -> group.value() == 2 ? null : LED).text();
  }

  @Test
  void everyShardIsALineAsThisNodeKnowsIt() {
    assertThat(table(List.of(), List.of()))
        .isEqualTo(
            """
            GROUP  FROM   TO     LEADER  APPLIED  ORDERED  ITEMS  UNLOGGED  NODES
            0      -      a\\x2c  ab      11       -        -      -         all
            1      a\\x2c  \\xff   ab      11       7        5      2         all
            2      \\xff   -      -       -        -        -      -         all
            """);
  }

  /// Anybody may look at it, and keys may be secrets.
  @Test
  void keysAreHiddenWhereUsersMatter() {
    var range = Intervals.of(new KeyRange(Key.utf8("0"), Key.utf8("a,")));
    var handover = Handover.newBuilder().setNumber(7).setRange(range).setReason("at 0").build();
    var auth = new AuthFacts(true, 2, 0, new TreeMap<>(), new TreeMap<>());
    assertThat(table(List.of(), List.of(handover), List.of(), auth))
        .isEqualTo(
            """
            GROUP  FROM  TO  LEADER  APPLIED  ORDERED  ITEMS  UNLOGGED  NODES
            0      -     *   ab      11       -        -      -         all
            1      *     *   ab      11       7        5      2         all
            2      *     -   -       -        -        -      -         all

            HANDOVER  FROM  TO  OLD GROUP  NEW GROUP  REASON
            7         *     *   0          0          -
            """);
  }

  @Test
  void whoHasReplicasIsSaidAndWhoMayHaveSome() {
    var moving =
        GroupRecord.newBuilder()
            .setGroup(1)
            .addAllNodes(List.of(1L, 2L))
            .addAllHolders(List.of(1L, 2L, 3L))
            .addLeaving(4)
            .build();
    var settled = GroupRecord.newBuilder().setGroup(2).addNodes(7).addHolders(7).build();
    assertThat(table(List.of(moving, settled), List.of(), List.of(new NodeId(0xc)), AuthFacts.NONE))
        .contains("  1,2 (-3,4)\n", "  7\n", "\nDRAINED  c\n");
  }

  @Test
  void groupsWithoutKeysAndHandoversFollow() {
    var range = Intervals.of(new KeyRange(Key.utf8("0"), Key.utf8("a,")));
    var handover =
        Handover.newBuilder().setNumber(7).setRange(range).setTo(4).setReason("split").build();
    assertThat(table(List.of(GroupRecord.newBuilder().setGroup(4).build()), List.of(handover)))
        .endsWith(
            """
            4      none   none   ab      11       -        -      -         all

            HANDOVER  FROM  TO     OLD GROUP  NEW GROUP  REASON
            7         0     a\\x2c  0          4          split
            """);
  }
}
