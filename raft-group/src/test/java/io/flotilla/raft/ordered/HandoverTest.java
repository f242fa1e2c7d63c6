package io.flotilla.raft.ordered;

import static io.flotilla.raft.ordered.HandoverPair.pin;
import static io.flotilla.raft.ordered.HandoverPair.progress;
import static io.flotilla.raft.ordered.Items.abort;
import static io.flotilla.raft.ordered.Items.acquire;
import static io.flotilla.raft.ordered.Items.commit;
import static io.flotilla.raft.ordered.Items.compact;
import static io.flotilla.raft.ordered.Items.handedOver;
import static io.flotilla.raft.ordered.Items.handoverCancel;
import static io.flotilla.raft.ordered.Items.handoverIn;
import static io.flotilla.raft.ordered.Items.handoverOut;
import static io.flotilla.raft.ordered.Items.leaseKnown;
import static io.flotilla.raft.ordered.Items.log;
import static io.flotilla.raft.ordered.Items.prepare;
import static io.flotilla.raft.ordered.Items.prepareHandover;
import static io.flotilla.raft.ordered.Items.revoke;
import static io.flotilla.raft.ordered.Items.run;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static io.flotilla.raft.shard.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Epoch;
import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Keys come and go by items of the journal, which one replica processes early and another at their
/// place in the log.
class HandoverTest {
  private static final KeyRange E_ON = KeyRange.from(Key.utf8("e"));
  private static final CommandResult WRONG_SHARD =
      new CommandResult.Rejected(new Rejection.WrongShard(new Epoch(1)));

  private final HandoverPair pair = new HandoverPair();
  private final TestReplica source = pair.source;

  @AfterEach
  void close() {
    pair.close();
  }

  private static List<CommandResult> results(CommandOutcome outcome) {
    List<CommandResult> results = new ArrayList<>();
    switch (outcome) {
      case CommandResult result -> results.add(result);
      case LateResult late -> late.then(results::add);
    }
    return results;
  }

  private static List<String> keys(TestReplica replica) {
    RangeRequest.Builder all = range("e", "\0");
    return replica.read(new ShardQuery.Range(all.build())).response().getKvsList().stream()
        .map(pair -> pair.getKey().toStringUtf8() + "=" + pair.getValue().toStringUtf8())
        .toList();
  }

  /// `e` and `f` with some history, at revisions 4 to 7; 7 attaches a lease.
  private void fillSource() {
    source.apply(leaseKnown(4));
    source.apply(command(put("e", "1")));
    source.apply(command(put("e", "2")));
    source.apply(command(put("d", "1")));
    source.apply(command(put("f", "1").setLease(4)));
    source.offer(run(1, 1, 4, 4));
  }

  private void receiveAll() {
    fillSource();
    pair.begin(1, E_ON);
    pair.copy(1);
  }

  // ---- the target

  @Test
  void rangeIsAcquiredEarlyOrAtItsPlaceInTheLog() {
    receiveAll();
    pair.early.offer(acquire(1, 1, E_ON, 7));
    assertThat(pair.early.machine.own()).isEqualTo(new OwnKeys(List.of(E_ON)));
    assertThat(pair.early.owned).containsExactly(new OwnKeys(List.of(E_ON)));
    assertThat(pair.late.machine.ranges()).isEmpty();
    pair.log(acquire(1, 1, E_ON, 7));
    assertThat(pair.late.digest()).isEqualTo(pair.early.digest());
    assertThat(keys(pair.late)).containsExactly("e=2", "f=1");
    assertThat(pair.late.machine.revision()).isEqualTo(7);
    assertThat(pair.late.machine.state().leases.exists(4)).isTrue();
    assertThat(pair.late.machine.state().locks.isEmpty()).isTrue();
    var old = new ShardQuery.Range(range("e").setRevision(4).build());
    assertThat(pair.late.read(old).response().getKvs(0).getValue().toStringUtf8()).isEqualTo("1");
  }

  @Test
  void rangeIsAcquiredWhenItsHistoryIsThere() {
    fillSource();
    pair.begin(1, E_ON);
    pair.early.offer(acquire(1, 1, E_ON, 7));
    pair.early.offer(abort(2, 9, 7));
    for (Command part : pair.copies(1)) {
      assertThat(pair.early.machine.processed()).isZero();
      pair.toTarget(part);
    }
    assertThat(pair.early.machine.processed()).as("and what is behind it").isEqualTo(2);
    pair.late.offer(acquire(1, 1, E_ON, 8));
    assertThat(pair.late.machine.processed()).as("complete to 7 only").isZero();
  }

  @Test
  void acquiringWithoutTheHistoryStopsTheNode() {
    fillSource();
    pair.begin(1, E_ON);
    assertThatThrownBy(() -> pair.late.apply(log(acquire(1, 1, E_ON, 7))))
        .isInstanceOf(InvariantViolation.class);
  }

  /// Whoever drives the handover may have been replaced, and its commands come when they can.
  @Test
  void commandsThatComeLateChangeNothing() {
    fillSource();
    pair.begin(1, E_ON);
    List<Command> copies = pair.copies(1);
    copies.forEach(pair::toTarget);
    pair.early.offer(acquire(1, 1, E_ON, 7));
    copies.forEach(pair::toTarget);
    assertThat(pair.early.apply(handoverIn(1, E_ON))).isEqualTo(WRONG_SHARD);
    assertThat(progress(pair.late.apply(handoverIn(1, E_ON))).getCompleteTo()).isEqualTo(7);
    pair.log(acquire(1, 1, E_ON, 7));
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
    pair.toTarget(handoverIn(1, E_ON));
    pair.toTarget(handoverCancel(1));
    copies.forEach(pair::toTarget);
    assertThat(keys(pair.early)).containsExactly("e=2", "f=1");
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
  }

  @Test
  void writesGoOnWhereTheHistoryEnds() {
    receiveAll();
    pair.early.offer(acquire(1, 1, E_ON, 7));
    pair.log(acquire(1, 1, E_ON, 7));
    pair.toTarget(command(put("e", "3")));
    pair.toTarget(command(delete("f")));
    pair.early.offer(run(2, 1, 2, 9));
    pair.log(run(2, 1, 2, 9));
    assertThat(keys(pair.early)).containsExactly("e=3");
    var read = new ShardQuery.Range(range("e").build());
    assertThat(pair.late.read(read).response().getKvs(0).getVersion()).isEqualTo(3);
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
  }

  @Test
  void stateThatIsBehindInTheJournalAcquiresAgain() {
    receiveAll();
    pair.early.offer(acquire(1, 1, E_ON, 7));
    pair.late.apply(List.of());
    assertThat(pair.late.machine.ranges()).isEmpty();
    pair.early.installFrom(pair.late);
    assertThat(pair.early.machine.processed()).isEqualTo(1);
    assertThat(pair.early.owned).as("nothing changed").hasSize(1);
    assertThat(keys(pair.early)).containsExactly("e=2", "f=1");
    pair.late.offer(acquire(1, 1, E_ON, 7));
    assertThat(pair.late.digest()).isEqualTo(pair.early.digest());
  }

  @Test
  void stateThatIsAheadBringsItsRanges() {
    receiveAll();
    pair.late.apply(log(acquire(1, 1, E_ON, 7)));
    pair.early.installFrom(pair.late);
    assertThat(pair.early.owned).containsExactly(new OwnKeys(List.of(E_ON)));
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
    pair.early.checkpoint();
    pair.early.restart();
    assertThat(pair.early.machine.own()).isEqualTo(new OwnKeys(List.of(E_ON)));
    assertThat(keys(pair.early)).containsExactly("e=2", "f=1");
  }

  @Test
  void whatIsGivenUpIsErasedAndMayComeAgain() {
    receiveAll();
    pair.toTarget(handoverCancel(1));
    assertThat(pair.early.machine.handovers().hasLeftovers(E_ON)).isTrue();
    for (int i = 0; i < 20; i++) {
      pair.early.machine.tick(i);
    }
    assertThat(pair.early.machine.handovers().hasLeftovers(E_ON)).isFalse();
    assertThat(pair.early.digest()).as("whether erased or not").isEqualTo(pair.late.digest());
    source.apply(handoverCancel(1));
    source.apply(command(delete("f")));
    source.offer(run(2, 5, 5, 8));
    pair.begin(2, E_ON);
    pair.copy(2);
    pair.early.offer(acquire(1, 2, E_ON, 8));
    pair.log(acquire(1, 2, E_ON, 8));
    assertThat(keys(pair.late)).containsExactly("e=2");
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
  }

  /// The target may have compacted what the source was pinned to keep.
  @Test
  void compactionThatComesInBetweenHoldsForTheReceivedHistory() {
    fillSource();
    pair.begin(1, E_ON);
    pair.early.offer(compact(1, 5, 7));
    pair.log(compact(1, 5, 7));
    for (int i = 0; i < 20; i++) {
      pair.early.machine.tick(i);
    }
    pair.copy(1);
    pair.early.offer(acquire(2, 1, E_ON, 7));
    pair.log(acquire(2, 1, E_ON, 7));
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
    for (int i = 0; i < 20; i++) {
      pair.early.machine.tick(i);
    }
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
    assertThat(keys(pair.early)).containsExactly("e=2", "f=1");
  }

  // ---- transactions at the target

  @Test
  void locksAreTheSameBeforeAndAfterTheRangeIsAcquired() {
    receiveAll();
    pair.early.offer(acquire(1, 1, E_ON, 7));
    pair.toTarget(prepare(1, command(txn(op(put("a", "1")), op(delete("e", "f"))))));
    pair.toTarget(revoke(2, 4));
    pair.late.offer(acquire(1, 1, E_ON, 7));
    pair.early.offer(abort(2, 1, 7));
    pair.late.offer(abort(2, 1, 7));
    pair.early.offer(abort(3, 2, 7));
    pair.late.offer(abort(3, 2, 7));
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
  }

  @Test
  void prepareThatTouchesComingKeysIsAnsweredBehindABarrier() {
    receiveAll();
    var untouched = results(pair.late.apply(prepare(1, command(put("b", "1")))));
    var answered = results(pair.late.apply(prepare(2, command(delete("e", "f")))));
    assertThat(untouched).hasSize(1);
    assertThat(answered).isEmpty();
    pair.late.answerBarriers(7, 1);
    assertThat(answered).as("the barrier's item is not processed").isEmpty();
    pair.late.offer(acquire(1, 1, E_ON, 7));
    assertThat(answer(answered).getOperations(0).getDeletes()).isEqualTo(1);
  }

  /// As far as the root group knows the keys are the source's still.
  @Test
  void prepareIsAnsweredForOwnKeysWhileTheRangeIsOnItsWay() {
    receiveAll();
    var answered = results(pair.late.apply(revoke(1, 4)));
    assertThat(answered).isEmpty();
    pair.late.answerBarriers(7, 0);
    assertThat(answer(answered).getLeaseKeys()).isZero();
  }

  private static PrepareAnswer answer(List<CommandResult> results) {
    assertThat(results).hasSize(1);
    var done = (CommandResult.Done) results.getFirst();
    return ((PrepareAnswer.Builder) done.response()).build();
  }

  @Test
  void revocationBehindTheHandoverFindsTheKeys() {
    receiveAll();
    pair.early.offer(acquire(1, 1, E_ON, 7));
    pair.toTarget(revoke(1, 4));
    pair.late.offer(acquire(1, 1, E_ON, 7));
    var revoked = commit(2, 1, 8, true);
    pair.early.offer(revoked);
    pair.log(acquire(1, 1, E_ON, 7), revoked);
    assertThat(keys(pair.early)).containsExactly("e=2");
    assertThat(pair.early.digest()).isEqualTo(pair.late.digest());
  }

  // ---- the source

  @Test
  void sourceGivesTheRangeAwayWithTheCommit() {
    fillSource();
    assertThat(pin(source.apply(handoverOut(1, E_ON))).getCompactRevision()).isEqualTo(-1);
    var prepared = results(source.apply(prepareHandover(1, 1, E_ON)));
    assertThat(prepared).hasSize(1);
    List<TxnPart> parts = new ArrayList<>();
    source.machine.whenFinished(Items.id(1), parts::add);
    source.offer(handedOver(2, 1, 9));
    OwnKeys rest = new OwnKeys(List.of(TestReplica.FIRST, TestReplica.range("d", "e")));
    assertThat(source.machine.own()).isEqualTo(rest);
    assertThat(source.owned).containsExactly(rest);
    assertThat(parts).hasSize(1).first().isInstanceOf(TxnPart.Committed.class);
    var gone = new ShardQuery.Range(range("e").build());
    assertThat(source.machine.notOwn(gone)).isInstanceOf(Rejection.WrongShard.class);
    assertThat(source.readOrNull(gone)).isNull();
    assertThat(source.machine.notOwn(new ShardQuery.Range(range("d").build()))).isNull();
    List<String> before = source.digest();
    for (int i = 0; i < 20; i++) {
      source.machine.tick(i);
    }
    assertThat(source.machine.handovers().hasLeftovers(KeyRange.ALL)).isFalse();
    assertThat(source.digest()).isEqualTo(before);
    assertThat(source.apply(handoverOut(1, E_ON))).isEqualTo(WRONG_SHARD);
    source.checkpoint();
    source.restart();
    assertThat(source.machine.own()).isEqualTo(rest);
  }

  @Test
  void preparedHandoverIsAnsweredWhenEverythingBeforeItIsOrdered() {
    source.apply(command(put("e", "1")));
    source.apply(handoverOut(1, E_ON));
    var prepared = results(source.apply(prepareHandover(1, 1, E_ON)));
    source.apply(command(put("b", "1")));
    assertThat(prepared).isEmpty();
    source.offer(run(1, 1, 1, 4));
    assertThat(prepared).hasSize(1);
  }

  /// Behind the commit another group may change what the command saw.
  @Test
  void whatWasExecutedBeforeThePrepareIsAnsweredAsOfTheCommitAtTheLatest() {
    fillSource();
    source.apply(handoverOut(1, E_ON));
    var unchanged = results(source.apply(command(delete("g"))));
    source.apply(prepareHandover(1, 1, E_ON));
    var other = results(source.apply(command(delete("b"))));
    source.offer(handedOver(2, 1, 9));
    source.answerBarriers(20, 2);
    source.answerBarriers(20, 2);
    assertThat(((CommandResult.Done) unchanged.getFirst()).revision()).isEqualTo(9);
    assertThat(((CommandResult.Done) other.getFirst()).revision()).isEqualTo(20);
  }

  @Test
  void abortedSwitchLeavesTheRangeWhereItIs() {
    fillSource();
    source.apply(handoverOut(1, E_ON));
    source.apply(prepareHandover(1, 1, E_ON));
    source.apply(log(run(1, 1, 4, 4), abort(2, 1, 9)));
    source.apply(command(put("e", "3")));
    source.offer(run(3, 5, 5, 10));
    assertThat(source.machine.own()).isEqualTo(new OwnKeys(TestReplica.RANGES));
    assertThat(keys(source)).containsExactly("e=3", "f=1");
    assertThat(source.machine.handovers().isSending(1)).isTrue();
  }

  @Test
  void replicaStandsAtNoRevisionBehindAnItemThatMovesKeys() {
    receiveAll();
    pair.late.offer(acquire(1, 1, E_ON, 8));
    assertThatThrownBy(() -> pair.late.machine.advanceTo(9)).isInstanceOf(InvariantViolation.class);
    pair.late.machine.advanceTo(8);
  }

  @Test
  void groupIsFoundedWhereTheOrderStands() {
    var founding =
        new ShardFounding(
            HandoverPair.EMPTY.group(), List.of(), HandoverPair.EMPTY.voters(), 40, 30);
    try (var founded = new TestReplica(founding)) {
      assertThat(founded.machine.revision()).isEqualTo(40);
      assertThat(founded.machine.compactRevision()).isEqualTo(30);
      assertThat(founded.machine.ranges()).isEmpty();
      founded.offer(compact(1, 35, 41));
      founded.apply(log(compact(1, 35, 41)));
      assertThat(founded.machine.compactRevision()).isEqualTo(35);
      founded.checkpoint();
      founded.restart();
      assertThat(founded.machine.compactRevision()).isEqualTo(35);
      assertThat(founded.machine.head()).isEqualTo(41);
    }
  }
}
