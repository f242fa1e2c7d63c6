package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.placement.handover.ShardRules.Decision;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.command.GroupPlace;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.NodeDrain;
import io.flotilla.raft.core.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PlaceRulesTest {
  private static final Membership MEMBERS =
      new Membership(
          Set.of(new NodeId(1), new NodeId(2), new NodeId(3), new NodeId(4)),
          Set.of(),
          Set.of(new NodeId(5)),
          Set.of());

  private final List<Handover> handovers = new ArrayList<>();
  private final List<NodeId> drained = new ArrayList<>();

  /// One is everywhere, two on 1 and 2 while 3 leaves it.
  private Decision decide(ChangeShardsRequest.Builder request) {
    var map = ShardMap.initial().split(Key.utf8("g"), new GroupId(1));
    var records =
        List.of(
            GroupRecord.newBuilder().setGroup(1).build(),
            GroupRecord.newBuilder()
                .setGroup(2)
                .addAllNodes(List.of(1L, 2L))
                .addAllHolders(List.of(1L, 2L))
                .addLeaving(3)
                .setPlacement(7)
                .build());
    var placed = new ShardView.Placed(records, MEMBERS, drained);
    var view = new ShardView(map, handovers, new TreeMap<>(), "", placed);
    return new ShardRules(view, HandoverLimits.STANDARD).decide(request.build());
  }

  private Decision place(int group, Long... nodes) {
    var place = ChangeShardsRequest.Place.newBuilder().setGroup(group).addAllNodes(List.of(nodes));
    return decide(ChangeShardsRequest.newBuilder().setPlace(place));
  }

  private Decision move(int group, long from, long to) {
    var move = ChangeShardsRequest.Move.newBuilder().setGroup(group).setFrom(from).setTo(to);
    return decide(ChangeShardsRequest.newBuilder().setMove(move));
  }

  private Decision drain(long node, boolean undo) {
    var drain = ChangeShardsRequest.Drain.newBuilder().setNode(node).setUndo(undo);
    return decide(ChangeShardsRequest.newBuilder().setDrain(drain));
  }

  private static Decision placed(int group, long placement, Long... nodes) {
    return new Decision.Place(
        GroupPlace.newBuilder()
            .setGroup(group)
            .setPlacement(placement)
            .addAllNodes(List.of(nodes))
            .build());
  }

  private static void assertRefused(Decision decision, String... words) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Refuse.class, refusal -> assertThat(refusal.why()).contains(words));
  }

  @Test
  void nodesAreNamedInTheirOrder() {
    assertThat(place(1, 4L, 2L, 1L)).isEqualTo(placed(1, 0, 1L, 2L, 4L));
    assertThat(place(2, 2L)).isEqualTo(placed(2, 7, 2L));
  }

  @Test
  void aReplicaMoves() {
    assertThat(move(2, 2, 4)).isEqualTo(placed(2, 7, 1L, 4L));
    assertRefused(move(1, 2, 4), "on every member", "shard place");
    assertRefused(move(2, 4, 1), "is not on node");
    assertRefused(move(2, 1, 2), "on node 2 already");
    assertRefused(move(9, 1, 2), "there is no group 9");
  }

  @Test
  void whatCannotBeIsRefusedWithTheRemedy() {
    assertRefused(place(0, 1L), "the root group is on every member");
    assertRefused(place(8), "there is no group 8");
    assertRefused(place(1, 1L, 1L), "named twice");
    assertRefused(place(1, 5L), "no voting member", "those that are");
    assertRefused(place(1), "on every member already");
    assertRefused(place(2, 2L, 1L), "on these nodes already");
    assertRefused(place(2, 1L, 3L), "has not removed its last replica");
    assertRefused(place(2), "has not removed its last replica");
  }

  @Test
  void aGroupThatIsBeingFoundedWaits() {
    handovers.add(Handover.newBuilder().setNumber(1).setFrom(1).setTo(2).build());
    assertRefused(place(2, 1L), "being founded");
    assertThat(place(1, 1L)).as("a source may move").isEqualTo(placed(1, 0, 1L));
  }

  @Test
  void aDrainedNodeIsGivenNothing() {
    drained.add(new NodeId(4));
    assertRefused(move(2, 1, 4), "undrain it first");
    drained.add(new NodeId(1));
    assertThat(place(2, 1L)).as("it has one").isEqualTo(placed(2, 7, 1L));
  }

  @Test
  void nodesAreDrainedOnceAndBack() {
    assertThat(drain(4, false))
        .isEqualTo(new Decision.Drain(NodeDrain.newBuilder().setNode(4).setDrained(true).build()));
    assertRefused(drain(4, true), "is not being emptied");
    assertRefused(drain(9, false), "no member");
    drained.add(new NodeId(4));
    assertRefused(drain(4, false), "already");
    assertThat(drain(4, true))
        .isEqualTo(new Decision.Drain(NodeDrain.newBuilder().setNode(4).build()));
  }
}
