package io.flotilla.raft.ordered;

import static io.flotilla.raft.ordered.Items.abort;
import static io.flotilla.raft.ordered.Items.commit;
import static io.flotilla.raft.ordered.Items.compact;
import static io.flotilla.raft.ordered.Items.id;
import static io.flotilla.raft.ordered.Items.log;
import static io.flotilla.raft.ordered.Items.prepare;
import static io.flotilla.raft.ordered.Items.run;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static io.flotilla.raft.shard.Requests.txn;
import static io.flotilla.raft.shard.Requests.withId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// When commands are answered, and with which revision.
class AnswersTest {
  private final TestReplica replica = new TestReplica();

  @AfterEach
  void close() {
    replica.close();
  }

  /// Results as they come.
  private List<CommandResult> answers(Command command) {
    List<CommandResult> results = new ArrayList<>();
    CommandOutcome outcome = replica.apply(command);
    switch (outcome) {
      case CommandResult result -> results.add(result);
      case LateResult late -> late.then(results::add);
    }
    return results;
  }

  private static long revision(List<CommandResult> results) {
    assertThat(results).hasSize(1);
    return ((CommandResult.Done) results.getFirst()).revision();
  }

  @Test
  void mutationIsAnsweredWhenItIsOrdered() {
    var put = answers(command(put("b", "1")));
    assertThat(put).isEmpty();
    replica.offer(run(1, 1, 1, 5));
    assertThat(revision(put)).isEqualTo(5);
    assertThat(replica.machine.revision()).isEqualTo(5);
  }

  @Test
  void itemsWaitForWhatTheyAreAboutAndForEachOther() {
    replica.offer(run(1, 1, 1, 5));
    replica.offer(abort(2, 9, 5));
    assertThat(replica.machine.processed()).isZero();
    replica.apply(command(put("b", "1")));
    assertThat(replica.machine.processed()).isEqualTo(2);
    replica.offer(abort(4, 11, 5));
    assertThat(replica.machine.processed()).isEqualTo(2);
    replica.apply(log(run(1, 1, 1, 5), abort(2, 9, 5), abort(3, 10, 5)));
    assertThat(replica.machine.processed()).isEqualTo(4);
    assertThat(replica.machine.logged()).isEqualTo(3);
  }

  @Test
  void compactionTakesEffectAtItsPlaceInTheLog() {
    replica.apply(command(put("b", "1")));
    replica.offer(run(1, 1, 1, 5));
    replica.offer(compact(2, 5, 6));
    replica.offer(abort(3, 9, 6));
    assertThat(replica.machine.processed()).isEqualTo(1);
    assertThat(replica.machine.compactRevision()).isEqualTo(-1);
    replica.apply(log(run(1, 1, 1, 5), compact(2, 5, 6)));
    assertThat(replica.machine.processed()).as("and what is behind it").isEqualTo(3);
    assertThat(replica.machine.compactRevision()).isEqualTo(5);
  }

  @Test
  void logThatIsAheadOfWhatItNeedsStopsTheNode() {
    assertThatThrownBy(() -> replica.apply(log(run(1, 1, 1, 5))))
        .isInstanceOf(InvariantViolation.class);
  }

  /// The coordinator asks again where the leader was restarted.
  @Test
  void repeatedPrepareIsAnsweredByAStateThatWasOpened() {
    replica.apply(prepare(1, command(put("b", "1"))));
    replica.checkpoint();
    replica.restart();
    assertThat(answers(prepare(1, command(put("b", "1"))))).hasSize(1);
  }

  @Test
  void commandThatChangedNothingIsAnsweredWithABarrier() {
    var nothing = answers(command(delete("b")));
    assertThat(replica.barriers).hasSize(1);
    replica.answerBarriers(9, 0);
    assertThat(revision(nothing)).isEqualTo(9);
  }

  @Test
  void barrierWaitsForItsItem() {
    var nothing = answers(command(delete("b")));
    replica.answerBarriers(9, 1);
    assertThat(nothing).isEmpty();
    replica.offer(abort(1, 7, 8));
    assertThat(revision(nothing)).isEqualTo(9);
  }

  /// A watch from the revision after the answer's must see the next change.
  @Test
  void answerLiesBeforeTheNextMutation() {
    var nothing = answers(command(delete("b")));
    replica.apply(command(put("b", "1")));
    replica.answerBarriers(9, 1);
    replica.offer(run(1, 1, 1, 6));
    assertThat(revision(nothing)).isEqualTo(5);
  }

  @Test
  void answerLiesNotBeforeWhatTheCommandSaw() {
    replica.apply(command(put("b", "1")));
    var read = answers(command(txn(op(range("b")))));
    replica.answerBarriers(4, 0);
    assertThat(read).as("what it saw has no revision").isEmpty();
    replica.apply(command(put("b", "2")));
    replica.offer(run(1, 1, 2, 12));
    assertThat(revision(read)).isEqualTo(12);
  }

  @Test
  void answerLiesBeforeACommitThatWasPreparedLater() {
    var nothing = answers(command(delete("b")));
    replica.apply(prepare(1, command(put("b", "1"))));
    replica.answerBarriers(9, 1);
    replica.offer(commit(1, 1, 6, true));
    assertThat(revision(nothing)).isEqualTo(5);
  }

  /// That commit may have been answered before the command came, and it cannot touch its keys.
  @Test
  void commitThatWasPreparedBeforeBoundsNoAnswer() {
    replica.apply(prepare(1, command(put("e", "1"))));
    var nothing = answers(command(delete("b")));
    replica.answerBarriers(9, 1);
    replica.offer(commit(1, 1, 6, true));
    assertThat(revision(nothing)).isEqualTo(9);
  }

  @Test
  void refusalWaitsForWhatItIsDueTo() {
    replica.apply(command(put("b", "1")));
    replica.offer(run(1, 1, 1, 5));
    replica.apply(command(delete("b")));
    var refused = answers(command(put("b", "").setIgnoreValue(true)));
    assertThat(refused).isEmpty();
    replica.offer(run(2, 2, 2, 6));
    assertThat(refused).containsExactly(new CommandResult.Rejected(new Rejection.KeyNotFound()));
    assertThat(replica.barriers).isEmpty();
  }

  @Test
  void repeatedCommandIsAnsweredAsTheFirst() {
    Command put = withId(command(put("b", "1")), 3, 1);
    var first = answers(put);
    var second = answers(put);
    replica.offer(run(1, 1, 1, 5));
    var third = answers(put);
    assertThat(List.of(revision(first), revision(second), revision(third))).containsOnly(5L);
    assertThat(replica.machine.executed()).isEqualTo(1);
  }

  @Test
  void outcomeWithoutChangeIsToldAgainAsLongAsTheProcessKnowsIt() {
    Command nothing = withId(command(delete("b")), 3, 1);
    var first = answers(nothing);
    var second = answers(nothing);
    replica.answerBarriers(9, 0);
    assertThat(List.of(revision(first), revision(second))).containsOnly(9L);
    assertThat(revision(answers(nothing))).isEqualTo(9);
    replica.checkpoint();
    replica.restart();
    assertThat(answers(nothing))
        .containsExactly(new CommandResult.Rejected(new Rejection.OutcomeUnknown()));
  }

  @Test
  void barrierThatDoesNotComeIsAskedForAgain() {
    var nothing = answers(command(delete("b")));
    var lost = replica.barriers.removeFirst();
    replica.machine.tick(1);
    replica.machine.tick(2_000_000_000L);
    assertThat(replica.barriers).hasSize(1);
    lost.accept(3L, 0L);
    assertThat(nothing).isEmpty();
    replica.answerBarriers(9, 0);
    assertThat(revision(nothing)).isEqualTo(9);
  }

  @Test
  void prepareIsAnsweredWhenWhatPrecedesItIsOrdered() {
    replica.apply(command(put("b", "1")));
    var answer = answers(prepare(1, command(delete("b"))));
    assertThat(answer).isEmpty();
    replica.offer(run(1, 1, 1, 5));
    var done = (CommandResult.Done) answer.getFirst();
    var examined = ((PrepareAnswer.Builder) done.response()).build();
    assertThat(examined.getOperations(0).getDeletes()).isEqualTo(1);
    assertThat(answers(prepare(1, command(delete("b"))))).as("again").hasSize(1);
    assertThat(replica.machine.prepared()).extracting(PreparedTxn::id).containsExactly(id(1));
  }

  @Test
  void abortEndsAPrepareThatWasNotAnswered() {
    replica.apply(command(put("b", "1")));
    var answer = answers(prepare(1, command(delete("b"))));
    List<TxnPart> parts = new ArrayList<>();
    replica.machine.whenFinished(id(1), parts::add);
    replica.offer(abort(1, 1, 5));
    assertThat(answer).containsExactly(new CommandResult.Rejected(new Rejection.OutcomeUnknown()));
    assertThat(parts).containsExactly(new TxnPart.Aborted());
    assertThat(replica.machine.part(id(1))).isNull();
  }

  /// A copy of a prepare may be on its way for longer than its transaction takes.
  @Test
  void abortUnlocksWhatACommittedTransactionLockedAgain() {
    replica.apply(prepare(1, command(put("b", "1"))));
    replica.offer(commit(1, 1, 5, true));
    var part = replica.machine.part(id(1));
    replica.apply(log(commit(1, 1, 5, true)));
    replica.apply(prepare(1, command(put("b", "1"))));
    assertThat(replica.machine.prepared()).hasSize(1);
    replica.offer(abort(2, 1, 5));
    assertThat(replica.machine.prepared()).isEmpty();
    assertThat(part).isNotNull();
    assertThat(replica.machine.part(id(1))).isEqualTo(part);
  }

  @Test
  void partOfACommitIsKept() {
    replica.apply(prepare(1, command(put("b", "1").setLease(4))));
    List<TxnPart> parts = new ArrayList<>();
    Runnable giveUp = replica.machine.whenFinished(id(1), parts::add);
    List<TxnPart> nobody = new ArrayList<>();
    replica.machine.whenFinished(id(1), nobody::add).run();
    replica.offer(commit(1, 1, 5, true));
    giveUp.run();
    assertThat(parts).hasSize(1);
    assertThat(nobody).isEmpty();
    assertThat(replica.machine.part(id(1)).getResponsesCount()).isEqualTo(1);
    replica.machine.whenFinished(id(1), parts::add);
    assertThat(parts).hasSize(2);
    replica.apply(log(commit(1, 1, 5, true)));
    replica.machine.onLeadership(true, 1);
    assertThat(replica.machine.refuse(command(put("e", "1").setLease(4))))
        .as("the commit attached the lease")
        .isNull();
  }

  @Test
  void readsAreAnsweredUpToWhereTheReplicaStands() {
    replica.machine.advanceTo(9);
    assertThat(replica.machine.revision()).isEqualTo(9);
    replica.machine.advanceTo(4);
    assertThat(replica.machine.revision()).isEqualTo(9);
    replica.offer(run(1, 1, 1, 12));
    assertThatThrownBy(() -> replica.machine.advanceTo(12)).isInstanceOf(InvariantViolation.class);
    replica.machine.advanceTo(11);
    List<String> ran = new ArrayList<>();
    replica.machine.whenProcessed(0, () -> ran.add("at once"));
    replica.machine.whenProcessed(1, () -> ran.add("later"));
    replica.machine.whenProcessed(1, () -> ran.add("never")).run();
    replica.apply(command(put("b", "1")));
    assertThat(ran).containsExactly("at once", "later");
  }

  @Test
  void unorderedCommandsOutliveARestart() {
    Command put = withId(command(put("b", "1").setPrevKv(true)), 3, 1);
    replica.apply(put);
    replica.apply(withId(command(put("b", "2").setPrevKv(true)), 3, 2));
    replica.offer(run(1, 1, 1, 5));
    replica.checkpoint();
    replica.restart();
    assertThat(replica.machine.applied().index()).isEqualTo(2);
    assertThat(replica.machine.executed()).isEqualTo(2);
    assertThat(replica.machine.ordered()).isEqualTo(1);
    var repeated = answers(withId(command(put("b", "2").setPrevKv(true)), 3, 2));
    replica.offer(run(2, 2, 2, 8));
    assertThat(revision(repeated)).isEqualTo(8);
    assertThat(revision(answers(put))).isEqualTo(5);
  }
}
