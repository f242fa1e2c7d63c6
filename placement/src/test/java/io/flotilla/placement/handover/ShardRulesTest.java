package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.handover.ShardRules.Decision;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverBegin;
import io.flotilla.raft.handover.Intervals;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShardRulesTest {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);

  /// Root [, g), one [g, p), two [p, ).
  private ShardMap map = ShardMap.initial().split(Key.utf8("g"), ONE).split(Key.utf8("p"), TWO);
  private final List<Handover> handovers = new ArrayList<>();
  private String alarm = "";

  private Decision decide(ChangeShardsRequest request) {
    var groups = new TreeMap<GroupId, ShardView.Led>();
    List<NodeId> voters = List.of(new NodeId(1), new NodeId(2), new NodeId(3));
    groups.put(GroupId.ROOT, new ShardView.Led(new NodeId(1), voters));
    groups.put(ONE, new ShardView.Led(NodeId.NONE, voters));
    var view = new ShardView(map, handovers, groups, alarm, ShardView.Placed.NOTHING);
    return new ShardRules(view, HandoverLimits.STANDARD).decide(request);
  }

  private Decision split(ByteString at) {
    return decide(
        ChangeShardsRequest.newBuilder()
            .setSplit(ChangeShardsRequest.Split.newBuilder().setAt(at))
            .build());
  }

  private Decision split(String at) {
    return split(ByteString.copyFromUtf8(at));
  }

  private Decision merge(String at) {
    return decide(
        ChangeShardsRequest.newBuilder()
            .setMerge(ChangeShardsRequest.Merge.newBuilder().setAt(ByteString.copyFromUtf8(at)))
            .build());
  }

  private Decision detach() {
    return decide(
        ChangeShardsRequest.newBuilder()
            .setDetach(ChangeShardsRequest.Detach.getDefaultInstance())
            .build());
  }

  private Decision transfer(int group, long node) {
    return decide(
        ChangeShardsRequest.newBuilder()
            .setTransfer(ChangeShardsRequest.Transfer.newBuilder().setGroup(group).setNode(node))
            .build());
  }

  private static void assertRefused(Decision decision, String... words) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Refuse.class, refusal -> assertThat(refusal.why()).contains(words));
  }

  private static Decision toNew(KeyRange range, String reason) {
    return new Decision.Begin(
        HandoverBegin.newBuilder()
            .setRange(Intervals.of(range))
            .setNewGroup(true)
            .setReason(reason)
            .build());
  }

  private static KeyRange range(String start, String end) {
    return new KeyRange(Key.utf8(start), Key.utf8(end));
  }

  private void busy(int from, int to) {
    handovers.add(
        Handover.newBuilder()
            .setNumber(7 + handovers.size())
            .setFrom(from)
            .setTo(to)
            .setReason("split at \"k\"")
            .build());
  }

  @Test
  void aSplitMovesTheUpperPartOfAShardToANewGroup() {
    assertThat(split("k")).isEqualTo(toNew(range("k", "p"), "split at \"k\""));
    assertThat(split("z")).isEqualTo(toNew(KeyRange.from(Key.utf8("z")), "split at \"z\""));
    assertThat(split("a")).isEqualTo(toNew(range("a", "g"), "split at \"a\""));
  }

  @Test
  void thereIsNothingToSplitWhereAShardStarts() {
    assertRefused(split("g"), "already starts", "\"g\"");
    assertRefused(split(""), "needs a key");
  }

  @Test
  void aKeyThatIsNoTextIsShownInDigits() {
    Decision decision = split(ByteString.copyFrom(new byte[] {'h', (byte) 0xff}));
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Begin.class,
            begin ->
                assertThat(begin.begin().getReason()).doesNotContain("\"").startsWith("split at "));
  }

  @Test
  void aMergeMovesAShardToTheGroupBelowIt() {
    assertThat(merge("p"))
        .isEqualTo(
            new Decision.Begin(
                HandoverBegin.newBuilder()
                    .setRange(Intervals.of(KeyRange.from(Key.utf8("p"))))
                    .setGroup(1)
                    .setReason("merge at \"p\"")
                    .build()));
    assertThat(((Decision.Begin) merge("g")).begin().getGroup()).as("the root group").isZero();
    assertThat(((Decision.Begin) merge("g")).begin().hasGroup()).isTrue();
  }

  @Test
  void aMergeNeedsABorder() {
    assertRefused(merge("h"), "no shard starts at \"h\"", "\"g\", \"p\"");
    assertRefused(merge(""), "no lower neighbour");
  }

  @Test
  void theListOfBordersIsBounded() {
    for (int i = 0; i < 40; i++) {
      map = map.split(Key.utf8("q%03d".formatted(i)), new GroupId(10 + i));
    }
    assertRefused(merge("h"), "and 35 more");
  }

  @Test
  void aDetachBeginsWithTheFirstRangeOfTheRootGroup() {
    assertThat(detach()).isEqualTo(toNew(range("", "g"), "detach"));
    map = map.move(KeyRange.ALL.start(), TWO);
    assertRefused(detach(), "no keys");
  }

  @Test
  void aGroupTakesPartInOneHandoverAtATime() {
    busy(1, 3);
    assertRefused(split("k"), "group 1", "handover 7", "cancel it");
    assertRefused(merge("p"), "group 1", "handover 7");
    assertRefused(merge("g"), "group 1");
    assertThat(split("z")).isInstanceOf(Decision.Begin.class);
    busy(3, 2);
    assertRefused(split("z"), "group 2", "handover 8");
    busy(0, 4);
    assertRefused(detach(), "group 0", "handover 9");
  }

  @Test
  void thereAreNotTooManyHandovers() {
    for (int i = 0; i < HandoverLimits.STANDARD.begun(); i++) {
      busy(100 + i, 200 + i);
    }
    assertRefused(split("k"), "8 handovers already");
  }

  @Test
  void nothingIsMovedWhileAnAlarmIsOn() {
    alarm = "NOSPACE";
    assertRefused(split("k"), "NOSPACE", "disarmed");
    assertRefused(merge("p"), "NOSPACE");
    assertRefused(detach(), "NOSPACE");
    assertThat(transfer(0, 2)).isInstanceOf(Decision.Transfer.class);
  }

  @Test
  void aHandoverThatIsUnderWayMayBeCancelled() {
    busy(1, 3);
    var cancel = ChangeShardsRequest.Cancel.newBuilder();
    assertThat(decide(ChangeShardsRequest.newBuilder().setCancel(cancel.setHandover(7)).build()))
        .isEqualTo(new Decision.Cancel(7));
    assertRefused(
        decide(ChangeShardsRequest.newBuilder().setCancel(cancel.setHandover(6)).build()),
        "handover 6",
        "not under way");
  }

  @Test
  void aVoterMayBeAskedToLead() {
    assertThat(transfer(0, 2)).isEqualTo(new Decision.Transfer(GroupId.ROOT, new NodeId(2)));
    assertThat(transfer(1, 1)).isEqualTo(new Decision.Transfer(ONE, new NodeId(1)));
    assertRefused(transfer(0, 1), "leads group 0 already");
    assertRefused(transfer(0, 9), "no vote");
    assertRefused(transfer(9, 1), "no group 9");
    assertRefused(transfer(-1, 1), "no group 4294967295");
  }

  @Test
  void aRequestOfALaterVersionIsRefused() {
    assertRefused(decide(ChangeShardsRequest.getDefaultInstance()), "update");
  }
}
