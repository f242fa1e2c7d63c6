package io.flotilla.raft.ordered;

import static io.flotilla.raft.ordered.Items.abort;
import static io.flotilla.raft.ordered.Items.commit;
import static io.flotilla.raft.ordered.Items.leaseKnown;
import static io.flotilla.raft.ordered.Items.log;
import static io.flotilla.raft.ordered.Items.prepare;
import static io.flotilla.raft.ordered.Items.revoke;
import static io.flotilla.raft.ordered.Items.run;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.compare;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static io.flotilla.raft.shard.Requests.txn;
import static io.flotilla.raft.shard.Requests.withId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Epoch;
import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.raft.shard.CommandResult;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a leader lets into the log. The group serves `[b, c)` and everything from `d` on.
class GateTest {
  private static final Rejection HELD = new Rejection.Held();
  private static final Rejection NEEDS_COMMIT = new Rejection.NeedsCommit();

  private final TestReplica replica = new TestReplica();

  @BeforeEach
  void lead() {
    replica.machine.onLeadership(true, 1);
  }

  @AfterEach
  void close() {
    replica.close();
  }

  private Rejection refusal(Command command) {
    return replica.machine.refuse(command);
  }

  private void letIn(Command command) {
    assertThat(refusal(command)).isNull();
  }

  private static Command modEquals(String key, long revision) {
    var compare = compare(CompareTarget.MOD, key, CompareResult.EQUAL, revision);
    return command(txn(List.of(compare), List.of(op(put(key, "x"))), List.of()));
  }

  @Test
  void replicaThatDoesNotLeadLetsNothingIn() {
    replica.machine.onLeadership(false, 1);
    assertThat(refusal(command(put("b", "1")))).isEqualTo(new Rejection.NoLeader());
    assertThat(refusal(log(run(1, 1, 1, 2)))).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void keysOfOtherGroupsAreRefused() {
    var wrong = new Rejection.WrongShard(new Epoch(1));
    assertThat(refusal(command(put("a", "1")))).isEqualTo(wrong);
    assertThat(refusal(command(put("c", "1")))).isEqualTo(wrong);
    assertThat(refusal(command(delete("b", "d")))).as("spans a gap").isEqualTo(wrong);
    assertThat(refusal(command(txn(op(put("b", "1")), op(range("a")))))).isEqualTo(wrong);
    letIn(command(put("b", "1")));
    letIn(command(put("zz", "1")));
    letIn(command(delete("b", "c")));
    letIn(command(delete("z", "a"))); // an empty interval touches nothing
  }

  @Test
  void preparedTransactionHoldsItsKeysFromTheMomentItIsLetIn() {
    letIn(prepare(1, command(txn(op(put("b", "1")), op(put("a", "1"))))));
    assertThat(refusal(command(put("b", "2")))).isEqualTo(HELD);
    assertThat(refusal(command(txn(op(range("b")), op(put("e", "2")))))).isEqualTo(HELD);
    assertThat(refusal(prepare(2, command(delete("a", "c"))))).isEqualTo(HELD);
    letIn(command(put("e", "2")));
    letIn(prepare(1, command(txn(op(put("b", "1")), op(put("a", "1"))))));
  }

  @Test
  void leadershipThatIsLostTakesWhatWasNotExecutedOutOfTheBooks() {
    letIn(prepare(1, command(put("b", "1"))));
    replica.machine.onLeadership(false, 1);
    replica.machine.onLeadership(true, 2);
    letIn(command(put("b", "2")));
  }

  @Test
  void whatIsWithdrawnHoldsNothing() {
    letIn(prepare(1, command(put("b", "1"))));
    assertThat(refusal(command(put("b", "2")))).isEqualTo(HELD);
    int before = replica.gateOpenings;
    replica.machine.withdraw(prepare(1, command(put("b", "1"))));
    assertThat(replica.gateOpenings).isGreaterThan(before);
    letIn(command(put("b", "2")));
  }

  /// A command that came behind the item only here, not on every replica, could meet the keys as
  /// they were before the transaction.
  @Test
  void keysOpenWhenTheItemIsAppendedNotWhenItIsProcessed() {
    replica.apply(prepare(1, command(put("b", "1"))));
    replica.offer(commit(1, 1, 5, true));
    assertThat(replica.machine.processed()).isEqualTo(1);
    assertThat(refusal(command(put("b", "2")))).isEqualTo(HELD);
    int before = replica.gateOpenings;
    letIn(log(commit(1, 1, 5, true)));
    assertThat(replica.gateOpenings).isGreaterThan(before);
    letIn(command(put("b", "2")));
  }

  @Test
  void nextLeaderHoldsWhatIsFinishedAndNotLogged() {
    replica.apply(prepare(1, command(put("b", "1"))));
    replica.offer(abort(1, 1, 5));
    replica.checkpoint();
    replica.restart();
    replica.machine.onLeadership(true, 2);
    assertThat(replica.machine.prepared()).isEmpty();
    assertThat(refusal(command(put("b", "2")))).isEqualTo(HELD);
    replica.apply(log(abort(1, 1, 5)));
    letIn(command(put("b", "2")));
  }

  @Test
  void itemsAreAppendedWithoutGap() {
    assertThat(refusal(log(abort(2, 9, 5)))).isEqualTo(HELD);
    letIn(log(abort(1, 8, 5)));
    letIn(log(abort(2, 9, 5), abort(3, 10, 5)));
    letIn(log(abort(1, 8, 5)));
    replica.machine.withdraw(log(abort(2, 9, 5), abort(3, 10, 5)));
    assertThat(refusal(log(abort(4, 11, 5)))).isEqualTo(HELD);
  }

  @Test
  void revisionsMayBeNamedUpToTheNewestAppendedItem() {
    replica.apply(command(put("b", "1")));
    letIn(modEquals("b", 0));
    assertThat(refusal(modEquals("b", 7))).as("not ordered").isEqualTo(NEEDS_COMMIT);
    replica.offer(run(1, 1, 1, 7));
    assertThat(refusal(modEquals("b", 7))).as("not appended").isEqualTo(HELD);
    letIn(log(run(1, 1, 1, 7)));
    letIn(modEquals("b", 7));
    assertThat(refusal(modEquals("b", 8))).isEqualTo(NEEDS_COMMIT);
  }

  @Test
  void rangesAtRevisionsOfTheirOwnAndFiltersAreLookedAtInEveryBranch() {
    replica.apply(command(put("b", "1")));
    letIn(log(run(1, 1, 1, 7)));
    assertThat(refusal(command(txn(op(range("b").setRevision(2)))))).isEqualTo(NEEDS_COMMIT);
    RequestOp filtered = op(range("b", "c").setMaxModRevision(8));
    assertThat(refusal(command(txn(op(txn(filtered)))))).isEqualTo(NEEDS_COMMIT);
    letIn(command(txn(op(range("b", "c").setMaxModRevision(7)))));
  }

  @Test
  void leasesAreAttachedBeforePuts() {
    Command put = command(put("b", "1").setLease(4));
    assertThat(refusal(put)).isEqualTo(new Rejection.LeaseUnattached(4));
    // Whether the lease has to exist depends on the branch that is taken.
    assertThat(refusal(command(txn(op(put("b", "1").setLease(4)))))).isEqualTo(NEEDS_COMMIT);
    letIn(leaseKnown(4));
    replica.apply(leaseKnown(4));
    letIn(put);
    letIn(command(txn(op(put("b", "1").setLease(4)))));
  }

  /// A replica that has not processed the commit would refuse the put.
  @Test
  void leaseThatACommitAttachedIsKnownWhenItsItemIsAppended() {
    replica.apply(prepare(1, command(put("b", "1").setLease(4))));
    replica.offer(commit(1, 1, 5, true));
    assertThat(refusal(command(put("e", "1").setLease(4)))).isEqualTo(HELD);
    assertThat(refusal(command(txn(op(put("e", "1").setLease(4)))))).isEqualTo(HELD);
    letIn(log(commit(1, 1, 5, true)));
    letIn(command(put("e", "1").setLease(4)));
    letIn(command(txn(op(put("e", "1").setLease(4)))));
  }

  @Test
  void revocationHoldsTheLeaseAndItsKeys() {
    replica.apply(leaseKnown(4));
    replica.apply(command(put("b", "1").setLease(4)));
    letIn(revoke(1, 4));
    assertThat(refusal(command(put("e", "1")))).as("its keys are not known yet").isEqualTo(HELD);
    replica.apply(revoke(1, 4));
    letIn(command(put("e", "1")));
    assertThat(refusal(command(delete("b")))).isEqualTo(HELD);
    assertThat(refusal(command(put("e", "1").setLease(4)))).isEqualTo(HELD);
    assertThat(refusal(leaseKnown(4))).isEqualTo(HELD);
    assertThat(refusal(prepare(2, command(put("e", "1").setLease(4))))).isEqualTo(HELD);
    assertThat(refusal(revoke(3, 4))).isEqualTo(HELD);
  }

  @Test
  void repeatedCommandIsLetInWhateverHappenedSince() {
    Command put = withId(command(put("b", "1")), 3, 1);
    replica.apply(put);
    replica.apply(prepare(1, command(put("b", "2"))));
    assertThat(refusal(withId(command(put("b", "1")), 3, 2))).isEqualTo(HELD);
    letIn(put);
    assertThat(replica.apply(put)).isNotNull();
    assertThat(replica.machine.executed()).isEqualTo(1);
  }

  @Test
  void commandsBeyondWhatMayWaitAreRefused() {
    for (int i = 0; i < TestReplica.BOUNDS.unordered(); i++) {
      letIn(command(put("b", "1")));
      replica.apply(command(put("b", "1")));
    }
    assertThat(refusal(command(put("b", "1")))).isEqualTo(new Rejection.TooManyRequests());
    replica.offer(run(1, 1, 1, 2));
    letIn(command(put("b", "1")));
  }

  @Test
  void finishedTransactionIsNotPreparedAgain() {
    replica.offer(abort(1, 1, 1));
    assertThat(refusal(prepare(1, command(put("b", "1")))))
        .isEqualTo(new Rejection.OutcomeUnknown());
    var result = replica.apply(prepare(1, command(put("b", "1"))));
    assertThat(result).isEqualTo(new CommandResult.Rejected(new Rejection.OutcomeUnknown()));
    assertThat(replica.machine.prepared()).isEmpty();
  }

  @Test
  void commandThatMeetsALockStopsTheNode() {
    replica.apply(prepare(1, command(put("b", "1"))));
    assertThatThrownBy(() -> replica.apply(command(put("b", "2"))))
        .isInstanceOf(InvariantViolation.class);
  }
}
