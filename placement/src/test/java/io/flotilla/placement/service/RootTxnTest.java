package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.alarm;
import static io.flotilla.placement.service.Commands.attach;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.revoke;
import static io.flotilla.placement.service.Commands.utf8;
import static io.flotilla.placement.service.Commands.withId;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.JournalItem.KindCase;
import io.flotilla.proto.command.TxnAbort;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ShardQuery;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RootTxnTest {
  private static final GroupId ROOT = GroupId.ROOT;
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);

  private final TestRoot root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));
  private final TestShard one = new TestShard(1);
  private final TestShard two = new TestShard(2);
  private final HeardOrder heard = new HeardOrder();

  RootTxnTest() {
    root.lead();
    root.machine().observe(heard);
  }

  @AfterEach
  void close() {
    root.close();
  }

  private static TxnId id(long term, long number) {
    return TxnId.newBuilder().setTerm(term).setNumber(number).build();
  }

  private static TxnWork puts(String... keys) {
    var txn = TxnRequest.newBuilder();
    for (String key : keys) {
      txn.addSuccessBuilder().getRequestPutBuilder().setKey(utf8(key)).setValue(utf8("v"));
    }
    return TxnWork.newBuilder().setTxn(txn).build();
  }

  private static TxnWork revocation(long lease) {
    return TxnWork.newBuilder().setRevokeLease(lease).build();
  }

  /// A commit of request `sequence`, as its coordinator makes it.
  private static Command commit(long sequence, TxnId id, TxnWork work, TestShard... shards) {
    var commit = TxnCommit.newBuilder().setId(id).setWork(work);
    for (TestShard shard : shards) {
      commit.addParticipants(shard.participant(work));
    }
    return withId(Command.newBuilder().setTxnCommit(commit).build(), 42, sequence);
  }

  private static Command abort(TxnId id, int... groups) {
    var abort = TxnAbort.newBuilder().setId(id);
    for (int group : groups) {
      abort.addGroups(group);
    }
    return Command.newBuilder().setTxnAbort(abort).build();
  }

  private TxnDecision decided(Command commit) {
    CommandResult.Done done = root.done(commit);
    TxnDecision decision = (TxnDecision) done.response().build();
    assertThat(done.revision()).isEqualTo(decision.getRevision());
    return decision;
  }

  private List<KindCase> kinds(int group) {
    return heard.items(group).stream().map(JournalItem::getKindCase).toList();
  }

  /// Keys of the root group from one on.
  private long keys(String from) {
    var range = RangeRequest.newBuilder().setKey(utf8(from)).setRangeEnd(utf8("g"));
    return root.read(new ShardQuery.Range(range.build())).response().getCount();
  }

  @Test
  void commitTakesOneRevisionAndIsToldToItsParticipants() {
    root.done(put("a", "0", 0));
    TxnDecision decision = decided(commit(1, id(1, 1), puts("b", "h", "q"), one, two));
    assertThat(decision.getRevision()).isEqualTo(3);
    assertThat(decision.getMutates()).isTrue();
    assertThat(decision.getSucceededList()).containsExactly(true);
    assertThat(decision.getRootPart().getResponsesList()).hasSize(3);
    assertThat(keys("a")).as("the root group's own part").isEqualTo(2);
    for (int group : List.of(1, 2)) {
      JournalItem item = heard.items(group).getFirst();
      assertThat(item.getNumber()).isEqualTo(1);
      assertThat(item.getRevision()).isEqualTo(3);
      assertThat(item.getCommit().getId()).isEqualTo(id(1, 1));
      assertThat(item.getCommit().getMutates()).isTrue();
      assertThat(item.getCommit().getSucceededList()).containsExactly(true);
    }
    assertThat(heard.ordered)
        .containsExactly(new HeardOrder.Ordered(3, 3, List.of(ROOT, ONE, TWO)));
    assertThat(heard.revision).isEqualTo(3);
  }

  @Test
  void commitWithoutKeysOfTheRootGroupMovesItsRevisionAllTheSame() {
    assertThat(decided(commit(1, id(1, 1), puts("h"), one)).getRevision()).isEqualTo(2);
    assertThat(root.machine().revision()).isEqualTo(2);
    assertThat(heard.ordered).containsExactly(new HeardOrder.Ordered(2, 2, List.of(ONE)));
    assertThat(root.done(put("a", "1", 0)).revision()).isEqualTo(3);
    assertThat(kinds(2)).isEmpty();
  }

  @Test
  void commitThatChangesNothingTakesNoRevision() {
    var txn = TxnRequest.newBuilder().addAllSuccess(puts("b", "h").getTxn().getSuccessList());
    txn.addCompareBuilder()
        .setKey(utf8("h"))
        .setTarget(Compare.CompareTarget.VERSION)
        .setResult(Compare.CompareResult.GREATER)
        .setVersion(0);
    var work = TxnWork.newBuilder().setTxn(txn).build();
    TxnDecision decision = decided(commit(1, id(1, 1), work, one));
    assertThat(decision.getMutates()).isFalse();
    assertThat(decision.getSucceededList()).containsExactly(false);
    assertThat(decision.getRevision()).isEqualTo(1);
    assertThat(heard.ordered).isEmpty();
    assertThat(heard.items(1).getFirst().getCommit().getMutates()).isFalse();
  }

  @Test
  void compareOfAShardKeyDecidesForAllGroups() {
    TxnWork first = puts("h");
    one.execute(first, decided(commit(1, id(1, 1), first, one)).getSucceededList(), 2);
    var txn = TxnRequest.newBuilder().addAllSuccess(puts("b").getTxn().getSuccessList());
    txn.addCompareBuilder()
        .setKey(utf8("h"))
        .setTarget(Compare.CompareTarget.MOD)
        .setModRevision(2);
    var work = TxnWork.newBuilder().setTxn(txn).build();
    TxnDecision decision = decided(commit(2, id(1, 2), work, one));
    assertThat(decision.getSucceededList()).containsExactly(true);
    assertThat(decision.getRevision()).isEqualTo(3);
    assertThat(keys("a")).isEqualTo(1);
  }

  /// The client's request came back to a coordinator that did not know how the first one ended.
  @Test
  void repeatedRequestGetsTheFirstDecisionAndItsSecondTransactionEnds() {
    TxnDecision first = decided(commit(1, id(1, 1), puts("b", "h"), one));
    TxnDecision again = decided(commit(1, id(1, 7), puts("b", "h"), one));
    assertThat(again).isEqualTo(first);
    assertThat(root.machine().revision()).isEqualTo(2);
    assertThat(kinds(1)).containsExactly(KindCase.COMMIT, KindCase.ABORT);
    assertThat(heard.items(1).getLast().getAbort()).isEqualTo(id(1, 7));
  }

  @Test
  void sameCommitTwiceIsCommittedOnce() {
    Command commit = commit(1, id(1, 1), puts("b", "h"), one);
    TxnDecision first = decided(commit);
    assertThat(decided(commit)).isEqualTo(first);
    assertThat(kinds(1)).containsExactly(KindCase.COMMIT);
  }

  @Test
  void committedTransactionIsNotCommittedUnderAnotherRequest() {
    decided(commit(1, id(1, 1), puts("h"), one));
    assertThat(root.refused(commit(2, id(1, 1), puts("h"), one)))
        .isInstanceOf(Rejection.OutcomeUnknown.class);
    assertThat(root.machine().revision()).isEqualTo(2);
    assertThat(kinds(1)).containsExactly(KindCase.COMMIT);
  }

  /// The coordinator lost its leadership and got it back: the entry's term is what counts.
  @Test
  void idOfAnEarlierTermIsNotCommitted() {
    root.term = 2;
    assertThat(root.refused(commit(1, id(1, 1), puts("b", "h"), one)))
        .isInstanceOf(Rejection.Held.class);
    assertThat(root.machine().revision()).isEqualTo(1);
    assertThat(kinds(1)).containsExactly(KindCase.ABORT);
    assertThat(decided(commit(1, id(2, 1), puts("b", "h"), one)).getRevision())
        .as("the request is not used up")
        .isEqualTo(2);
  }

  @Test
  void abortedIdIsNotCommittedInItsTermNorLater() {
    root.done(abort(id(1, 5), 1, 2));
    assertThat(kinds(1)).containsExactly(KindCase.ABORT);
    assertThat(kinds(2)).containsExactly(KindCase.ABORT);
    Command commit = commit(1, id(1, 5), puts("h"), one);
    assertThat(root.refused(commit)).isInstanceOf(Rejection.Held.class);
    root.checkpoint();
    root.restart();
    assertThat(root.refused(commit)).isInstanceOf(Rejection.Held.class);
    root.term = 2;
    assertThat(root.refused(commit)).isInstanceOf(Rejection.Held.class);
    assertThat(root.machine().revision()).isEqualTo(1);
  }

  @Test
  void abortOfACommittedTransactionUnlocksAndChangesNothing() {
    Command commit = commit(1, id(1, 1), puts("h"), one);
    TxnDecision first = decided(commit);
    root.done(abort(id(1, 1), 1));
    assertThat(kinds(1)).containsExactly(KindCase.COMMIT, KindCase.ABORT);
    assertThat(decided(commit)).isEqualTo(first);
    assertThat(root.machine().revision()).isEqualTo(2);
  }

  @Test
  void abortNamesOnlyGroupsThatExist() {
    root.done(abort(id(1, 1), 1, 9));
    assertThat(heard.items).containsOnlyKeys(ONE);
  }

  @Test
  void refusedTransactionHasOneOutcomeAndUnlocks() {
    var txn = TxnRequest.newBuilder();
    txn.addSuccessBuilder()
        .setRequestPut(PutRequest.newBuilder().setKey(utf8("h")).setIgnoreValue(true));
    txn.addSuccessBuilder().getRequestPutBuilder().setKey(utf8("b"));
    var work = TxnWork.newBuilder().setTxn(txn).build();
    Command commit = commit(1, id(1, 1), work, one);
    assertThat(root.refused(commit)).isInstanceOf(Rejection.KeyNotFound.class);
    assertThat(keys("a")).isZero();
    assertThat(kinds(1)).containsExactly(KindCase.ABORT);
    Command again = commit(1, id(1, 2), puts("h"), one);
    assertThat(root.refused(again)).isInstanceOf(Rejection.KeyNotFound.class);
    assertThat(kinds(1)).containsExactly(KindCase.ABORT, KindCase.ABORT);
  }

  @Test
  void unknownLeaseRefusesThePutOfAnyGroup() {
    var work = leased("h", 7);
    assertThat(root.refused(commit(1, id(1, 1), work, one)))
        .isEqualTo(new Rejection.LeaseNotFound(7));
  }

  private static TxnWork leased(String key, long lease) {
    var txn = TxnRequest.newBuilder();
    txn.addSuccessBuilder().getRequestPutBuilder().setKey(utf8(key)).setLease(lease);
    return TxnWork.newBuilder().setTxn(txn).build();
  }

  @Test
  void commitRegistersTheGroupsWhoseKeysItAttaches() {
    root.done(grant(7, 60));
    decided(commit(1, id(1, 1), leased("b", 7)));
    assertThat(root.machine().leaseGroups(7)).as("the root group needs none").isEmpty();
    decided(commit(2, id(1, 2), leased("h", 7), one));
    assertThat(root.machine().leaseGroups(7)).containsExactly(ONE);
    root.restart();
    assertThat(root.machine().leaseGroups(7)).containsExactly(ONE);
  }

  @Test
  void groupThatIsNotAskedPreventsTheCommit() {
    assertThat(root.refused(commit(1, id(1, 1), puts("h", "q"), one)))
        .isInstanceOf(Rejection.Held.class);
    assertThat(kinds(1)).containsExactly(KindCase.ABORT);
    assertThat(decided(commit(1, id(1, 2), puts("h", "q"), one, two)).getRevision()).isEqualTo(2);
  }

  @Test
  void leaseThatAGroupKnowsIsRevokedByATransactionOnly() {
    root.done(grant(7, 60));
    root.done(put("a", "1", 7));
    root.done(attach(7, 1));
    TxnWork held = leased("h", 7);
    one.execute(held, decided(commit(1, id(1, 1), held, one)).getSucceededList(), 3);
    Command direct = withId(revoke(7), 42, 2);
    assertThat(root.machine().refuse(direct)).isInstanceOf(Rejection.NeedsCommit.class);
    assertThat(root.refused(direct)).isInstanceOf(Rejection.NeedsCommit.class);

    TxnWork work = revocation(7);
    root.done(attach(7, 2));
    assertThat(root.refused(commit(2, id(1, 2), work, one)))
        .as("a group was registered meanwhile")
        .isInstanceOf(Rejection.Held.class);
    TxnDecision decision = decided(commit(2, id(1, 3), work, one, two));
    assertThat(decision.getMutates()).isTrue();
    assertThat(decision.getRevision()).isEqualTo(4);
    assertThat(keys("a")).isZero();
    assertThat(root.machine().leases().exists(7)).isFalse();
    assertThat(root.machine().leaseGroups(7)).isEmpty();
    assertThat(root.refused(commit(3, id(1, 4), work, one, two)))
        .isEqualTo(new Rejection.LeaseNotFound(7));
    assertThat(root.refused(attach(7, 1))).isEqualTo(new Rejection.LeaseNotFound(7));
  }

  @Test
  void revocationOfALeaseWithoutKeysTakesNoRevision() {
    root.done(grant(7, 60));
    root.done(attach(7, 1));
    TxnDecision decision = decided(commit(1, id(1, 1), revocation(7), one));
    assertThat(decision.getMutates()).isFalse();
    assertThat(root.machine().revision()).isEqualTo(1);
    assertThat(root.machine().leases().exists(7)).isFalse();
  }

  @Test
  void alarmsRefuseTransactionsAsTheyRefuseOtherWrites() {
    root.done(alarm(AlarmAction.ACTIVATE, AlarmType.NOSPACE, 3));
    assertThat(root.refused(commit(1, id(1, 1), puts("h"), one)))
        .isInstanceOf(Rejection.NoSpace.class);
    assertThat(kinds(1)).containsExactly(KindCase.ABORT);
    root.done(alarm(AlarmAction.DEACTIVATE, AlarmType.NOSPACE, 3));
    assertThat(root.refused(commit(1, id(1, 2), puts("h"), one)))
        .as("the same request keeps its outcome")
        .isInstanceOf(Rejection.NoSpace.class);
  }
}
