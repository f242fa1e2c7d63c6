package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.abandon;
import static io.flotilla.placement.service.Commands.beginNew;
import static io.flotilla.placement.service.Commands.retire;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Member;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupDropped;
import io.flotilla.proto.command.GroupPlace;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupSettled;
import io.flotilla.proto.command.NodeDrain;
import io.flotilla.raft.core.Membership;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which nodes have replicas: what the root group's log says about it.
class RootPlacementTest {
  private static final GroupId ONE = new GroupId(1);
  private static final Rejection WRONG = new Rejection.WrongShard(Epoch.FIRST);
  private static final Rejection HELD = new Rejection.Held();
  private static final List<Member> MEMBERS =
      LongStream.rangeClosed(1, 4)
          .mapToObj(id -> Member.added(new NodeId(id), List.of("http://h" + id + ":1"), false))
          .toList();

  private static final ShardMap MAP = new ShardMap(Epoch.FIRST, TestRoot.threeGroups().shards());

  private final TestRoot root = new TestRoot(new Founding(MEMBERS, MAP));
  private final HeardOrder heard = new HeardOrder();

  RootPlacementTest() {
    root.lead();
    root.machine().observe(heard);
  }

  @AfterEach
  void close() {
    root.close();
  }

  private static Command place(int group, long placement, Long... nodes) {
    return Command.newBuilder()
        .setGroupPlace(
            GroupPlace.newBuilder()
                .setGroup(group)
                .setPlacement(placement)
                .addAllNodes(List.of(nodes)))
        .build();
  }

  private static Command settled(int group, long placement) {
    return Command.newBuilder()
        .setGroupSettled(GroupSettled.newBuilder().setGroup(group).setPlacement(placement))
        .build();
  }

  private static Command dropped(int group, long node, long placement) {
    return Command.newBuilder()
        .setGroupDropped(
            GroupDropped.newBuilder().setGroup(group).setNode(node).setPlacement(placement))
        .build();
  }

  private static Command drain(long node, boolean drained) {
    return Command.newBuilder()
        .setNodeDrain(NodeDrain.newBuilder().setNode(node).setDrained(drained))
        .build();
  }

  private GroupRecord one() {
    return root.machine().record(ONE);
  }

  @Test
  void aGroupIsPlacedAndSettledAndLeft() {
    root.done(place(1, 0, 1L, 2L, 3L));
    assertThat(one().getHoldersList()).containsExactly(1L, 2L, 3L, 4L);
    assertThat(heard.groupsChanged).isEqualTo(1);
    root.done(settled(1, 1));
    assertThat(one().getHoldersList()).containsExactly(1L, 2L, 3L);
    assertThat(one().getLeavingList()).containsExactly(4L);
    assertThat(root.refused(place(1, 1, 2L, 3L, 4L))).as("4 has not left").isEqualTo(HELD);
    assertThat(root.refused(place(1, 1))).as("not every member may come").isEqualTo(HELD);
    root.done(dropped(1, 4, 1));
    assertThat(one().getLeavingList()).isEmpty();
    root.done(place(1, 1, 2L, 3L, 4L));
    assertThat(one().getPlacement()).isEqualTo(2);
    assertThat(heard.groupsChanged).isEqualTo(4);
    assertThat(root.machine().facts().record(ONE)).isEqualTo(one());
    root.checkpoint();
    GroupRecord before = one();
    root.restart();
    assertThat(one()).isEqualTo(before);
  }

  @Test
  void whatIsAboutAnEarlierPlacementDoesNothing() {
    root.done(place(1, 0, 1L, 2L, 3L));
    root.done(place(1, 1, 1L, 2L, 4L));
    GroupRecord before = one();
    root.done(settled(1, 1));
    assertThat(one()).isEqualTo(before);
    root.done(settled(1, 2));
    root.done(dropped(1, 3, 1));
    assertThat(one().getLeavingList()).containsExactly(3L);
    root.done(dropped(1, 3, 2));
    assertThat(one().getLeavingList()).isEmpty();
    GroupRecord after = one();
    root.done(dropped(1, 3, 2));
    root.done(settled(1, 2));
    assertThat(one()).isEqualTo(after);
  }

  @Test
  void placementsThatCannotBeAreRefused() {
    assertThat(root.refused(place(7, 0, 1L))).as("no such group").isEqualTo(WRONG);
    assertThat(root.refused(place(0, 0, 1L))).as("the root group").isEqualTo(WRONG);
    assertThat(root.refused(place(1, 1, 1L))).as("another placement").isEqualTo(WRONG);
    assertThat(root.refused(place(1, 0))).as("nothing changes").isEqualTo(WRONG);
    assertThat(root.refused(place(1, 0, 1L, 9L))).as("no member").isEqualTo(WRONG);
    assertThat(root.refused(place(1, 0, 2L, 1L))).as("not ascending").isEqualTo(WRONG);
    assertThat(root.refused(place(1, 0, 1L, 1L))).as("twice").isEqualTo(WRONG);
    var learning = new Membership(ids(1, 2, 3), Set.of(), Set.of(new NodeId(4)), Set.of());
    root.applyMembership(learning, new byte[0]);
    assertThat(root.refused(place(1, 0, 4L))).as("no voter").isEqualTo(WRONG);
    root.applyMembership(new Membership(ids(1, 2), ids(3, 4), Set.of(), Set.of()), new byte[0]);
    assertThat(root.refused(place(1, 0, 1L))).as("members change").isEqualTo(HELD);
    assertThat(one().getNodesList()).isEmpty();
  }

  private static Set<NodeId> ids(long... values) {
    return Set.copyOf(LongStream.of(values).mapToObj(NodeId::new).toList());
  }

  @Test
  void aGroupThatIsBeingFoundedStaysWhereItIs() {
    root.done(beginNew("h", "m"));
    assertThat(root.refused(place(3, 0, 1L))).isEqualTo(HELD);
    root.done(abandon(1));
    root.done(place(3, 0, 1L));
    root.done(retire(3));
    root.done(settled(3, 1));
    assertThat(root.machine().record(new GroupId(3))).isNull();
  }

  @Test
  void newGroupsAreWhereThereIsLeast() {
    root.done(place(1, 0, 1L, 2L));
    root.done(place(2, 0, 2L, 3L));
    root.done(drain(4, true));
    Command.Builder begin = beginNew("h", "m").toBuilder();
    begin.getHandoverBeginBuilder().setReplicas(2);
    root.done(begin.build());
    GroupRecord founded = root.machine().groups().getLast();
    assertThat(founded.getNodesList()).containsExactly(1L, 3L);
    assertThat(founded.getHoldersList()).containsExactly(1L, 3L);
    assertThat(founded.getFoundersList()).containsExactly(1L, 3L);
  }

  @Test
  void theFirstGroupsAreSpread() {
    var founding = new Founding(MEMBERS, MAP, 2);
    assertThat(founding.groups().get(0).getNodesList()).containsExactly(1L, 2L);
    assertThat(founding.groups().get(1).getNodesList()).containsExactly(3L, 4L);
    assertThat(founding.groups().get(1).getFoundersList()).containsExactly(3L, 4L);
    var everywhere = new Founding(MEMBERS, MAP);
    assertThat(new Founding(MEMBERS, MAP, 9).groups()).isEqualTo(everywhere.groups());
    assertThat(founding.clusterId()).isNotEqualTo(everywhere.clusterId());
  }

  @Test
  void aMemberThatLeavesIsWantedNowhere() {
    root.done(place(1, 0, 1L, 4L));
    root.done(drain(4, true));
    root.done(drain(3, true));
    assertThat(root.machine().facts().drained()).containsExactly(new NodeId(3), new NodeId(4));
    int told = heard.groupsChanged;
    root.applyMembership(Membership.ofVoters(ids(1, 2, 3)), new byte[0]);
    assertThat(one().getNodesList()).containsExactly(1L);
    assertThat(one().getHoldersList()).containsExactly(1L, 2L, 3L);
    assertThat(root.machine().facts().drained()).containsExactly(new NodeId(3));
    assertThat(heard.groupsChanged).isEqualTo(told + 1);
    root.restart();
    assertThat(one().getNodesList()).containsExactly(1L);
    assertThat(root.machine().drained()).containsExactly(new NodeId(3));
  }

  @Test
  void onlyMembersAreDrained() {
    assertThat(root.refused(drain(9, true))).isEqualTo(new Rejection.MemberNotFound());
    root.done(drain(2, true));
    root.done(drain(2, true));
    assertThat(root.machine().drained()).containsExactly(new NodeId(2));
    root.done(drain(2, false));
    assertThat(root.machine().facts().drained()).isEmpty();
  }
}
