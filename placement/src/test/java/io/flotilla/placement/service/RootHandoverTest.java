package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.abandon;
import static io.flotilla.placement.service.Commands.alarm;
import static io.flotilla.placement.service.Commands.attach;
import static io.flotilla.placement.service.Commands.begin;
import static io.flotilla.placement.service.Commands.beginNew;
import static io.flotilla.placement.service.Commands.compact;
import static io.flotilla.placement.service.Commands.cut;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.handOver;
import static io.flotilla.placement.service.Commands.interval;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.retire;
import static io.flotilla.placement.service.Commands.txn;
import static io.flotilla.placement.service.Commands.withId;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.JournalItem.KindCase;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.core.Membership;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which handovers there are, what becomes of them, and of the groups that come and go with them.
class RootHandoverTest {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);
  private static final GroupId THREE = new GroupId(3);
  private static final Rejection WRONG = new Rejection.WrongShard(Epoch.FIRST);

  private final TestRoot root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));
  private final HeardOrder heard = new HeardOrder();

  RootHandoverTest() {
    root.lead();
    root.machine().observe(heard);
  }

  @AfterEach
  void close() {
    root.close();
  }

  private Handover begun(Command begin) {
    return (Handover) root.done(begin).response().build();
  }

  private List<KindCase> kinds(int group) {
    return heard.items(group).stream().map(JournalItem::getKindCase).toList();
  }

  private GroupId owner(String key) {
    return root.machine().shardMap().locate(Key.utf8(key)).group();
  }

  // ---- beginning

  @Test
  void handoverIsRecordedAndChangesNothingElse() {
    Handover handover = begun(begin("h", "m", 2));
    assertThat(handover)
        .isEqualTo(
            Handover.newBuilder()
                .setNumber(1)
                .setRange(interval("h", "m"))
                .setFrom(1)
                .setTo(2)
                .setReason("asked for")
                .build());
    assertThat(root.machine().handovers()).containsExactly(handover);
    assertThat(root.machine().handover(1)).isEqualTo(handover);
    assertThat(root.machine().lastHandover()).isEqualTo(1);
    assertThat(root.machine().facts().handovers()).containsExactly(handover);
    assertThat(root.machine().shardMap().epoch()).isEqualTo(Epoch.FIRST);
    assertThat(heard.items).isEmpty();
    assertThat(heard.groupsChanged).isZero();
    root.checkpoint();
    root.restart();
    assertThat(root.machine().handovers()).containsExactly(handover);
    assertThat(root.machine().facts().handovers()).containsExactly(handover);
  }

  @Test
  void groupIsFoundedWhereTheOrderStands() {
    root.done(cut(1, 4, 0));
    root.done(compact(3));
    Handover handover = begun(beginNew("h", "m"));
    assertThat(handover.getTo()).isEqualTo(3);
    GroupRecord record = root.machine().groups().getLast();
    assertThat(record)
        .isEqualTo(
            GroupRecord.newBuilder()
                .setGroup(3)
                .addFounders(TestRoot.SELF.value())
                .setRevision(5)
                .setCompactRevision(3)
                .build());
    assertThat(heard.groupsChanged).isEqualTo(1);
    assertThat(root.machine().facts().groups()).isEqualTo(root.machine().groups()).hasSize(3);
    assertThat(root.machine().order(THREE).getLastItem()).isZero();
    assertThat(root.machine().shardMap().groups()).doesNotContain(THREE);
    root.done(compact(4));
    assertThat(kinds(3)).as("later compactions reach it").containsExactly(KindCase.COMPACT);
  }

  @Test
  void foundersAreTheVotersOfTheMoment() {
    var other = new NodeId(TestRoot.SELF.value() + 1);
    var learner = new NodeId(TestRoot.SELF.value() + 2);
    var joint =
        new Membership(
            Set.of(TestRoot.SELF, other), Set.of(TestRoot.SELF), Set.of(learner), Set.of());
    root.applyMembership(joint, new byte[0]);
    assertThat(root.refused(beginNew("h", "m"))).isEqualTo(new Rejection.Held());
    assertThat(root.machine().groups()).hasSize(2);
    begun(begin("q", "r", 0));
    var settled = new Membership(Set.of(TestRoot.SELF, other), Set.of(), Set.of(learner), Set.of());
    root.applyMembership(settled, new byte[0]);
    begun(beginNew("h", "m"));
    assertThat(root.machine().groups().getLast().getFoundersList())
        .containsExactly(TestRoot.SELF.value(), other.value());
  }

  @Test
  void whatCannotBeHandedOverIsRefused() {
    assertThat(root.refused(begin("h", "h", 2))).as("no keys").isEqualTo(WRONG);
    assertThat(root.refused(begin("m", "h", 2))).as("no keys").isEqualTo(WRONG);
    assertThat(root.refused(begin("a", "h", 2))).as("two groups").isEqualTo(WRONG);
    assertThat(root.refused(beginNew("", null))).as("all groups").isEqualTo(WRONG);
    assertThat(root.refused(begin("h", "m", 1))).as("its own").isEqualTo(WRONG);
    assertThat(root.refused(begin("a", "b", 0))).as("its own").isEqualTo(WRONG);
    assertThat(root.refused(begin("h", "m", 9))).as("no group").isEqualTo(WRONG);
    assertThat(root.refused(begin("h", "m", -1))).as("no group").isEqualTo(WRONG);
    assertThat(root.machine().handovers()).isEmpty();
    assertThat(root.machine().lastHandover()).isZero();
    assertThat(root.machine().groups()).hasSize(2);
  }

  @Test
  void groupTakesPartInOneHandoverAtATime() {
    begun(begin("h", "m", 2));
    assertThat(root.refused(begin("h", "m", 2))).isEqualTo(new Rejection.Held());
    assertThat(root.refused(begin("n", "o", 0))).as("the source").isEqualTo(new Rejection.Held());
    assertThat(root.refused(beginNew("q", "r"))).as("the target").isEqualTo(new Rejection.Held());
    assertThat(root.refused(begin("a", "b", 1))).isEqualTo(new Rejection.Held());
    begun(beginNew("a", "b"));
    assertThat(root.machine().handovers()).hasSize(2);
    assertThat(root.refused(beginNew("c", "d"))).isEqualTo(new Rejection.Held());
  }

  @Test
  void alarmsRefuseABeginning() {
    root.done(alarm(AlarmAction.ACTIVATE, AlarmType.NOSPACE, 3));
    assertThat(root.refused(begin("h", "m", 2))).isEqualTo(new Rejection.NoSpace());
    root.done(alarm(AlarmAction.ACTIVATE, AlarmType.CORRUPT, 3));
    assertThat(root.refused(begin("h", "m", 2))).isEqualTo(new Rejection.Corrupt());
    root.done(abandon(7));
    root.done(retire(9));
  }

  @Test
  void repeatedRequestGetsTheFirstHandover() {
    Handover first = begun(withId(beginNew("h", "m"), 42, 1));
    assertThat(begun(withId(beginNew("h", "m"), 42, 1))).isEqualTo(first);
    assertThat(root.machine().handovers()).hasSize(1);
    assertThat(root.machine().groups()).hasSize(3);
  }

  /// What was not decided is not the outcome of the request for ever.
  @Test
  void refusedRequestMayBeAskedAgain() {
    Command wrong = withId(begin("h", "m", 9), 42, 1);
    assertThat(root.refused(wrong)).isEqualTo(WRONG);
    begun(begin("h", "m", 2));
    Command held = withId(begin("n", "o", 0), 42, 1);
    assertThat(root.refused(held)).isEqualTo(new Rejection.Held());
    assertThat(root.refused(withId(retire(2), 42, 2))).isEqualTo(new Rejection.Held());
    assertThat(root.refused(withId(attach(7, 9), 42, 3))).isEqualTo(WRONG);
    root.done(abandon(1));
    assertThat(begun(held).getNumber()).isEqualTo(2);
    assertThat(begun(held)).as("again").isEqualTo(root.machine().handovers().getFirst());
    assertThat(root.refused(withId(Commands.out(begun(held)), 42, 4))).isEqualTo(WRONG);
    assertThat(root.refused(withId(Commands.cancel(2), 42, 4))).isEqualTo(new Rejection.Held());
    root.done(withId(Commands.in(begun(held)), 42, 4));
    assertThat(root.done(withId(Commands.in(begun(held)), 42, 4)).response().build())
        .as("again")
        .isInstanceOf(HandoverProgress.class);
  }

  // ---- giving up

  @Test
  void abandonedHandoverIsGoneAndItsNumberToo() {
    begun(beginNew("h", "m"));
    root.done(abandon(1));
    root.done(abandon(1));
    root.done(abandon(99));
    assertThat(root.machine().handovers()).isEmpty();
    assertThat(root.machine().facts().handovers()).isEmpty();
    assertThat(root.machine().groups()).as("the new group is retired apart").hasSize(3);
    root.checkpoint();
    root.restart();
    assertThat(begun(begin("h", "m", 3)).getNumber()).isEqualTo(2);
  }

  @Test
  void abandonedHandoverIsNotCommitted() {
    Handover handover = begun(begin("h", "m", 2));
    root.done(abandon(1));
    assertThat(root.refused(handOver(handover, txn(1, 1), 1))).isEqualTo(new Rejection.Held());
    assertThat(kinds(1)).as("the source unlocks").containsExactly(KindCase.ABORT);
    assertThat(owner("h")).isEqualTo(ONE);
    assertThat(heard.maps).isEmpty();
  }

  // ---- the commit

  @Test
  void commitMovesTheRangeAndTellsBothGroups() {
    root.done(cut(1, 4, 0));
    Handover handover = begun(begin("h", "m", 2));
    TxnDecision decision =
        (TxnDecision) root.done(handOver(handover, txn(1, 1), 5)).response().build();
    assertThat(decision.getId()).isEqualTo(txn(1, 1));
    assertThat(decision.getMutates()).isFalse();
    assertThat(decision.getRevision()).as("takes none").isEqualTo(5);
    assertThat(root.machine().revision()).isEqualTo(5);

    ShardMap map = root.machine().shardMap();
    assertThat(map.epoch()).isEqualTo(new Epoch(2));
    assertThat(map.shards())
        .isEqualTo(
            TestRoot.threeGroups().split(Key.utf8("h"), TWO).split(Key.utf8("m"), ONE).shards());
    assertThat(heard.maps).containsExactly(map);
    assertThat(root.machine().facts().shardMap()).isEqualTo(map);
    assertThat(root.machine().handovers()).isEmpty();

    JournalItem left = heard.items(1).getLast();
    assertThat(left.getRevision()).isEqualTo(5);
    assertThat(left.getCommit().getId()).isEqualTo(txn(1, 1));
    assertThat(left.getCommit().getMutates()).isFalse();
    JournalItem entered = heard.items(2).getLast();
    assertThat(entered.getRevision()).isEqualTo(5);
    assertThat(entered.getAcquire().getNumber()).isEqualTo(1);
    assertThat(entered.getAcquire().getRange()).isEqualTo(interval("h", "m"));
    assertThat(entered.getAcquire().getCompleteTo()).isEqualTo(5);
    assertThat(heard.ordered).as("no revision is anybody's").hasSize(1);
    root.checkpoint();
    root.restart();
    assertThat(root.machine().shardMap()).isEqualTo(map);
  }

  @Test
  void commitThatIsNotOfTheHandoverIsRefusedAndUnlocks() {
    root.done(cut(1, 4, 0));
    Handover handover = begun(begin("h", "m", 2));
    var wrong =
        List.of(
            handover.toBuilder().setNumber(2).build(),
            handover.toBuilder().setRange(interval("h", "n")).build(),
            handover.toBuilder().setRange(interval("h", null)).build(),
            handover.toBuilder().setTo(0).build());
    long number = 0;
    for (Handover other : wrong) {
      Command commit = withId(handOver(other, txn(1, ++number), 5), 42, 1);
      assertThat(root.refused(commit)).isEqualTo(new Rejection.Held());
      assertThat(heard.items(1).getLast().getAbort()).isEqualTo(txn(1, number));
    }
    Handover from = handover.toBuilder().setFrom(2).build();
    assertThat(root.refused(handOver(from, txn(1, ++number), 5))).isEqualTo(new Rejection.Held());
    assertThat(root.refused(handOver(handover, txn(1, ++number), 0)))
        .as("complete to nothing")
        .isEqualTo(new Rejection.Held());
    assertThat(root.refused(handOver(handover, txn(1, ++number), 6)))
        .as("complete to what has not happened")
        .isEqualTo(new Rejection.Held());
    var unprepared = handOver(handover, txn(1, ++number), 5).toBuilder();
    unprepared.getTxnCommitBuilder().clearParticipants();
    assertThat(root.refused(unprepared.build())).isEqualTo(new Rejection.Held());
    assertThat(heard.maps).isEmpty();
    assertThat(root.machine().handovers()).containsExactly(handover);
    root.done(withId(handOver(handover, txn(1, ++number), 5), 42, 1));
    assertThat(owner("h")).as("the request is not used up").isEqualTo(TWO);
  }

  @Test
  void commitIsOfItsTermOnly() {
    Handover handover = begun(begin("h", "m", 2));
    root.term = 2;
    assertThat(root.refused(handOver(handover, txn(1, 1), 1))).isEqualTo(new Rejection.Held());
    assertThat(owner("h")).isEqualTo(ONE);
    root.done(handOver(handover, txn(2, 1), 1));
    assertThat(owner("h")).isEqualTo(TWO);
  }

  @Test
  void abortedTransactionOfAHandoverIsNotCommitted() {
    Handover handover = begun(begin("h", "m", 2));
    var abort = Command.newBuilder();
    abort.getTxnAbortBuilder().setId(txn(1, 1)).addGroups(1);
    root.done(abort.build());
    assertThat(root.refused(handOver(handover, txn(1, 1), 1))).isEqualTo(new Rejection.Held());
    assertThat(root.machine().handovers()).containsExactly(handover);
    root.done(handOver(handover, txn(1, 2), 1));
    assertThat(owner("h")).isEqualTo(TWO);
  }

  @Test
  void handoverIsCommittedOnce() {
    Handover handover = begun(begin("h", "m", 2));
    Command commit = withId(handOver(handover, txn(1, 1), 1), 42, 1);
    var first = root.done(commit).response().build();
    assertThat(root.done(commit).response().build()).isEqualTo(first);
    assertThat(root.done(withId(handOver(handover, txn(1, 2), 1), 42, 1)).response().build())
        .isEqualTo(first);
    assertThat(root.refused(handOver(handover, txn(1, 3), 1))).isEqualTo(new Rejection.Held());
    assertThat(root.refused(handOver(handover, txn(1, 1), 1)))
        .isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(root.machine().shardMap().epoch()).isEqualTo(new Epoch(2));
    assertThat(kinds(2)).containsExactly(KindCase.ACQUIRE);
    assertThat(kinds(1)).containsExactly(KindCase.COMMIT, KindCase.ABORT, KindCase.ABORT);
  }

  @Test
  void transactionOfWhoeverOwnsTheKeysNow() {
    Handover handover = begun(begin("h", "m", 2));
    root.done(handOver(handover, txn(1, 1), 1));
    var work = TxnWork.newBuilder();
    work.getTxnBuilder().addSuccessBuilder().setRequestPut(put("h", "1", 0).getPut());
    var commit = TxnCommit.newBuilder().setId(txn(1, 2)).setWork(work);
    commit.addParticipants(new TestShard(1).participant(work.build()));
    assertThat(root.refused(Command.newBuilder().setTxnCommit(commit).build()))
        .as("the group that answered has no such key any more")
        .isEqualTo(new Rejection.Held());
  }

  // ---- leases

  @Test
  void leasesOfTheSourceAreThoseOfTheTarget() {
    root.done(grant(5, 60));
    root.done(grant(6, 60));
    root.done(attach(5, 1));
    root.done(attach(6, 2));
    Handover handover = begun(beginNew("h", "m"));
    root.done(handOver(handover, txn(1, 1), 1));
    assertThat(root.machine().leaseGroups(5)).containsExactly(ONE, THREE);
    assertThat(root.machine().leaseGroups(6)).containsExactly(TWO);
    root.checkpoint();
    root.restart();
    assertThat(root.machine().leaseGroups(5)).containsExactly(ONE, THREE);
  }

  // ---- retirement

  @Test
  void groupIsRetiredWhenItServesNothingAndIsNotAboutTo() {
    root.done(grant(5, 60));
    root.done(attach(5, 2));
    assertThat(root.refused(retire(2))).isEqualTo(WRONG);
    assertThat(root.refused(retire(0))).isEqualTo(WRONG);
    Handover merge = begun(begin("p", null, 1));
    assertThat(root.refused(retire(2))).isEqualTo(new Rejection.Held());
    assertThat(root.refused(retire(1))).isEqualTo(new Rejection.Held());
    root.done(handOver(merge, txn(1, 1), 1));
    assertThat(root.machine().groups()).hasSize(2);
    root.done(retire(2));
    assertThat(root.machine().groups()).extracting(GroupRecord::getGroup).containsExactly(1);
    assertThat(root.machine().facts().groups()).hasSize(1);
    assertThat(root.machine().order(TWO)).isNull();
    assertThat(root.machine().leaseGroups(5)).containsExactly(ONE);
    assertThat(heard.groupsChanged).isEqualTo(1);
    root.done(retire(2));
    assertThat(heard.groupsChanged).as("once").isEqualTo(1);
    assertThat(root.refused(attach(5, 2))).isEqualTo(new Rejection.WrongShard(new Epoch(2)));
    root.done(cut(2, 9, 0, 1, 1, 0));
    assertThat(root.machine().revision()).as("a late report orders nothing").isEqualTo(2);
  }

  @Test
  void numbersOfGroupsAreNotUsedAgain() {
    begun(beginNew("h", "m"));
    root.done(abandon(1));
    root.done(retire(3));
    root.checkpoint();
    root.restart();
    assertThat(begun(beginNew("h", "m")).getTo()).isEqualTo(4);
    root.done(abandon(2));
    root.done(retire(4));
    assertThat(begun(beginNew("h", "m")).getTo()).isEqualTo(5);
  }

  /// Whoever listens goes by what it is told from the first group on, also when the last is gone.
  @Test
  void clusterWithoutGroupsAnyMoreIsToldOf() {
    try (var alone = TestRoot.leading()) {
      var listener = new HeardOrder();
      alone.machine().observe(listener);
      alone.done(put("a", "1", 0));
      assertThat(listener.revision).isZero();
      alone.done(beginNew("m", null));
      assertThat(listener.groupsChanged).isEqualTo(1);
      assertThat(listener.revision).isEqualTo(2);
      alone.done(abandon(1));
      alone.machine().tick(alone.loop.nanoTime());
      assertThat(alone.machine().facts().orders()).hasSize(1);
      alone.done(retire(1));
      alone.machine().tick(alone.loop.nanoTime());
      assertThat(alone.machine().facts().orders()).isEmpty();
      assertThat(listener.groupsChanged).isEqualTo(2);
      alone.done(put("a", "2", 0));
      assertThat(listener.revision).isEqualTo(3);
      assertThat(alone.machine().refuse(put("z", "1", 0))).isNull();
    }
  }
}
