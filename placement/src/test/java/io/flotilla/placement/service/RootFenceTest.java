package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.attach;
import static io.flotilla.placement.service.Commands.begin;
import static io.flotilla.placement.service.Commands.compact;
import static io.flotilla.placement.service.Commands.cut;
import static io.flotilla.placement.service.Commands.delete;
import static io.flotilla.placement.service.Commands.fence;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.handOver;
import static io.flotilla.placement.service.Commands.in;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.revoke;
import static io.flotilla.placement.service.Commands.txn;
import static io.flotilla.placement.service.Commands.txnPut;
import static io.flotilla.placement.service.Commands.withId;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.shard.ShardQuery;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the root group's leader lets into its log while its keys are about to go, and after.
class RootFenceTest {
  private static final KeyRange RANGE = new KeyRange(Key.utf8("c"), Key.utf8("e"));
  private static final Rejection HELD = new Rejection.Held();
  private static final Rejection MOVED = new Rejection.WrongShard(new Epoch(2));

  private final TestRoot root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));

  RootFenceTest() {
    root.lead();
  }

  @AfterEach
  void close() {
    root.close();
  }

  private RootMachine machine() {
    return root.machine();
  }

  private void letsIn(Command... commands) {
    for (Command command : commands) {
      assertThat(machine().refuse(command)).as("%s", command).isNull();
    }
  }

  private void holds(Command... commands) {
    for (Command command : commands) {
      assertThat(machine().refuse(command)).as("%s", command).isEqualTo(HELD);
    }
  }

  private static Command deleteRange(String start, String end) {
    var command = delete(start).toBuilder();
    command.getDeleteRangeBuilder().setRangeEnd(Commands.utf8(end));
    return command.build();
  }

  @Test
  void fenceHoldsWhatMayChangeItsKeys() {
    root.done(grant(7, 60));
    machine().fence(RANGE);
    holds(put("c", "1", 0), delete("d"), txnPut("cc"), deleteRange("a", "d"), revoke(7));
    letsIn(put("a", "1", 0), put("e", "1", 0), delete("b"), deleteRange("a", "c"), txnPut("f"));
    letsIn(grant(8, 60), compact(1), cut(1, 1, 0), fence(1), attach(7, 1));
    machine().unfence();
    letsIn(put("c", "1", 0), delete("d"), txnPut("cc"), revoke(7));
  }

  @Test
  void laterFenceTakesThePlaceOfAnEarlierOne() {
    machine().fence(RANGE);
    machine().fence(KeyRange.single(Key.utf8("a")));
    holds(put("a", "1", 0));
    letsIn(put("c", "1", 0));
  }

  @Test
  void fenceEndsWithTheLeadership() {
    machine().fence(RANGE);
    machine().onLeadership(false, 2);
    letsIn(put("c", "1", 0));
    machine().fence(RANGE);
    machine().onLeadership(true, 3);
    letsIn(put("c", "1", 0));
  }

  @Test
  void fenceIsNoPartOfTheStateAndItsCommandChangesNothing() {
    machine().fence(RANGE);
    assertThat(root.done(fence(1)).response().build()).isEqualTo(Empty.getDefaultInstance());
    assertThat(root.done(put("c", "1", 0)).revision()).as("let in before").isEqualTo(2);
    root.restart();
    letsIn(put("c", "1", 0));
    assertThat(machine().revision()).isEqualTo(2);
  }

  @Test
  void leaseThatAGroupKnowsIsNotHeldButCoordinated() {
    root.done(grant(7, 60));
    root.done(attach(7, 1));
    machine().fence(RANGE);
    assertThat(machine().refuse(revoke(7))).isEqualTo(new Rejection.NeedsCommit());
  }

  @Test
  void commandThatWasExecutedIsAnsweredAsItWasThen() {
    Command first = withId(put("c", "1", 0), 42, 1);
    root.done(first);
    machine().fence(RANGE);
    letsIn(first);
    moveAway();
    letsIn(first);
    assertThat(root.done(first).revision()).isEqualTo(2);
    assertThat(machine().refuse(withId(put("c", "1", 0), 42, 2))).isEqualTo(MOVED);
  }

  private void moveAway() {
    Handover handover = (Handover) root.done(begin("c", "e", 1)).response().build();
    root.done(Commands.out(handover));
    root.done(handOver(handover, txn(1, handover.getNumber()), machine().revision()));
  }

  /// A leader that looked at the map before the commit may have let it in behind it.
  @Test
  void keysThatAreGoneAreNotChangedAnyMore() {
    moveAway();
    long revision = machine().revision();
    for (Command command : List.of(put("c", "1", 0), delete("d"), txnPut("cc"))) {
      Command once = withId(command, 42, 7);
      assertThat(machine().refuse(once)).isEqualTo(MOVED);
      assertThat(root.refused(once)).isEqualTo(MOVED);
    }
    assertThat(machine().revision()).isEqualTo(revision);
    Command other = withId(put("a", "1", 0), 42, 7);
    assertThat(root.done(other).revision()).as("the id is not used up").isEqualTo(revision + 1);
  }

  @Test
  void readsOfKeysThatAreGoneAreAskedElsewhere() {
    var of = RangeRequest.newBuilder().setKey(Commands.utf8("c")).build();
    assertThat(machine().notOwn(new ShardQuery.Range(of))).isNull();
    moveAway();
    assertThat(machine().notOwn(new ShardQuery.Range(of))).isInstanceOf(Rejection.WrongShard.class);
    assertThat(machine().notOwn(new RootQuery.GetMap())).isNull();
    assertThat(machine().own().ranges())
        .isEqualTo(machine().shardMap().ranges(GroupId.ROOT))
        .hasSize(2);
  }

  @Test
  void rangeComesWhenWhatItLeftIsErased() {
    for (int i = 0; i < 50; i++) {
      root.done(put("c" + i, "1", 0));
    }
    moveAway();
    Handover back = (Handover) root.done(begin("c", "e", 0)).response().build();
    assertThat(machine().refuse(in(back))).isEqualTo(HELD);
    while (machine().sentAndReceived().step(10)) {}
    letsIn(in(back));
  }
}
