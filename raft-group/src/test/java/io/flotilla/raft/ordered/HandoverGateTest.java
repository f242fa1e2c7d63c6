package io.flotilla.raft.ordered;

import static io.flotilla.raft.ordered.Items.abort;
import static io.flotilla.raft.ordered.Items.acquire;
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
import static io.flotilla.raft.shard.Requests.withId;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Epoch;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What leaders let in while keys come and go. `e` and what follows goes from the source to the
/// target; the source keeps `[b, c)` and `[d, e)`.
class HandoverGateTest {
  private static final Rejection HELD = new Rejection.Held();
  private static final Rejection WRONG_SHARD = new Rejection.WrongShard(new Epoch(1));
  private static final KeyRange E_ON = KeyRange.from(Key.utf8("e"));

  private final HandoverPair pair = new HandoverPair();
  private final TestReplica source = pair.source;
  private final TestReplica target = pair.early;

  @BeforeEach
  void lead() {
    source.machine.onLeadership(true, 1);
    target.machine.onLeadership(true, 1);
  }

  @AfterEach
  void close() {
    pair.close();
  }

  private static Rejection refusal(TestReplica replica, Command command) {
    return replica.machine.refuse(command);
  }

  private static void letIn(TestReplica replica, Command command) {
    assertThat(refusal(replica, command)).isNull();
  }

  private void receiveAll() {
    source.apply(leaseKnown(4));
    source.apply(command(put("e", "1").setLease(4)));
    source.offer(run(1, 1, 1, 4));
    pair.begin(1, E_ON);
    pair.copy(1);
  }

  // ---- the target

  @Test
  void whatIsOnItsWayIsHeldAndEverythingElseIsAnothersStill() {
    Command early = command(put("e", "2"));
    assertThat(refusal(target, early)).isEqualTo(WRONG_SHARD);
    pair.begin(1, E_ON);
    assertThat(refusal(target, early)).isEqualTo(HELD);
    assertThat(refusal(target, command(delete("e", "f")))).isEqualTo(HELD);
    assertThat(refusal(target, command(put("d", "1")))).isEqualTo(WRONG_SHARD);
    assertThat(refusal(target, command(delete("d", "f")))).isEqualTo(WRONG_SHARD);
    int before = target.gateOpenings;
    target.apply(handoverCancel(1));
    assertThat(target.gateOpenings).isGreaterThan(before);
    assertThat(refusal(target, early)).isEqualTo(WRONG_SHARD);
  }

  /// Another replica may have the range only when it reaches the item in the log.
  @Test
  void acquiredRangeOpensWhenTheItemIsAppended() {
    receiveAll();
    target.offer(acquire(1, 1, E_ON, 4));
    assertThat(refusal(target, command(put("e", "2")))).isEqualTo(HELD);
    assertThat(refusal(target, command(txn(op(range("f")))))).isEqualTo(HELD);
    assertThat(refusal(target, prepare(1, command(put("e", "2"))))).isEqualTo(HELD);
    assertThat(refusal(target, revoke(2, 4))).isEqualTo(HELD);
    assertThat(refusal(target, handoverOut(2, E_ON))).isEqualTo(HELD);
    int before = target.gateOpenings;
    letIn(target, log(acquire(1, 1, E_ON, 4)));
    assertThat(target.gateOpenings).isGreaterThan(before);
    letIn(target, command(put("e", "2")));
    letIn(target, command(put("f", "2").setLease(4)));
    letIn(target, handoverOut(2, E_ON));
    letIn(target, prepare(1, command(put("g", "2"))));
  }

  /// With the range come leases that a replica without it does not know.
  @Test
  void leasesAreHeldUntilTheAcquiredRangeIsAppended() {
    pair.toTarget(handoverIn(1, TestReplica.FIRST));
    source.apply(leaseKnown(4));
    source.apply(command(put("e", "1").setLease(4)));
    source.offer(run(1, 1, 1, 4));
    source.apply(handoverOut(2, E_ON));
    pair.toTarget(handoverCancel(1));
    pair.begin(2, E_ON);
    pair.copy(2);
    target.offer(acquire(1, 2, E_ON, 4));
    pair.log(acquire(1, 2, E_ON, 4));
    // the group has keys of its own now, and gets more
    pair.begin(3, TestReplica.FIRST);
    pair.copy(3);
    target.offer(acquire(2, 3, TestReplica.FIRST, 4));
    assertThat(refusal(target, command(put("e", "2").setLease(4)))).isEqualTo(HELD);
    assertThat(refusal(target, command(txn(op(put("e", "2").setLease(4)))))).isEqualTo(HELD);
    letIn(target, command(put("e", "2")));
    letIn(target, log(acquire(2, 3, TestReplica.FIRST, 4)));
    letIn(target, command(put("e", "2").setLease(4)));
  }

  @Test
  void nextLeaderHoldsWhatIsAcquiredAndNotLogged() {
    receiveAll();
    target.offer(acquire(1, 1, E_ON, 4));
    target.checkpoint();
    target.restart();
    target.machine.onLeadership(true, 2);
    assertThat(refusal(target, command(put("e", "2")))).isEqualTo(HELD);
    target.apply(log(acquire(1, 1, E_ON, 4)));
    letIn(target, command(put("e", "2")));
  }

  @Test
  void rangeComesInWhenNothingIsLeftOfItThere() {
    receiveAll();
    pair.toTarget(handoverCancel(1));
    assertThat(refusal(target, handoverIn(1, E_ON))).as("over").isEqualTo(WRONG_SHARD);
    assertThat(refusal(target, handoverIn(2, E_ON))).isEqualTo(HELD);
    letIn(target, handoverIn(2, TestReplica.FIRST));
    int before = target.gateOpenings;
    for (int i = 0; i < 20 && target.machine.handovers().hasLeftovers(E_ON); i++) {
      target.machine.tick(i);
    }
    assertThat(target.gateOpenings).isGreaterThan(before);
    letIn(target, handoverIn(2, E_ON));
  }

  @Test
  void recordsOfWhatIsNotBeingReceivedAreRefused() {
    source.apply(command(put("e", "1")));
    source.offer(run(1, 1, 1, 4));
    source.apply(handoverOut(1, E_ON));
    Command records = pair.copies(1).getFirst();
    assertThat(refusal(target, records)).isEqualTo(WRONG_SHARD);
    target.apply(handoverIn(1, E_ON));
    letIn(target, records);
  }

  /// Which of its keys are received when it is executed is not known.
  @Test
  void revocationWaitsForTransactionsOnKeysThatAreOnTheirWay() {
    receiveAll();
    Command across = command(txn(op(put("a", "1")), op(put("g", "1"))));
    target.apply(prepare(1, across));
    assertThat(refusal(target, revoke(2, 9))).isEqualTo(HELD);
    target.apply(log(abort(1, 1, 4)));
    letIn(target, revoke(2, 9));
  }

  // ---- the source

  @Test
  void preparedHandoverClosesTheRangeAndHoldsRevocations() {
    receiveAll();
    letIn(source, prepareHandover(1, 1, E_ON));
    assertThat(refusal(source, command(put("e", "2")))).isEqualTo(HELD);
    assertThat(refusal(source, revoke(2, 9))).isEqualTo(HELD);
    letIn(source, command(put("d", "1")));
    source.apply(prepareHandover(1, 1, E_ON));
    assertThat(refusal(source, command(put("f", "2")))).isEqualTo(HELD);
    assertThat(refusal(source, revoke(2, 9))).isEqualTo(HELD);
    letIn(source, command(put("d", "1").setLease(4)));
  }

  @Test
  void handoverIsPreparedWhereItsRangeIsBeingSent() {
    assertThat(refusal(source, prepareHandover(1, 1, E_ON))).isEqualTo(WRONG_SHARD);
    letIn(source, handoverOut(1, E_ON));
    source.apply(handoverOut(1, E_ON));
    letIn(source, handoverOut(1, E_ON));
    letIn(source, prepareHandover(1, 1, E_ON));
    source.apply(handoverCancel(1));
    assertThat(refusal(source, prepareHandover(2, 1, E_ON))).isEqualTo(WRONG_SHARD);
    assertThat(refusal(source, handoverOut(1, E_ON))).isEqualTo(WRONG_SHARD);
  }

  @Test
  void revocationUnderWayHoldsTheHandover() {
    source.apply(handoverOut(1, E_ON));
    letIn(source, revoke(2, 9));
    assertThat(refusal(source, prepareHandover(1, 1, E_ON))).isEqualTo(HELD);
    source.apply(revoke(2, 9));
    assertThat(refusal(source, prepareHandover(1, 1, E_ON))).isEqualTo(HELD);
    source.apply(log(abort(1, 2, 4)));
    letIn(source, prepareHandover(1, 1, E_ON));
  }

  @Test
  void rangeThatIsGoneIsAnothersAndComesBackBehindTheItem() {
    receiveAll();
    Command repeated = withId(command(put("e", "1")), 3, 1);
    source.apply(repeated);
    source.offer(run(2, 2, 2, 5));
    source.apply(prepareHandover(1, 1, E_ON));
    source.offer(handedOver(3, 1, 5));
    assertThat(refusal(source, command(put("e", "2")))).isEqualTo(WRONG_SHARD);
    letIn(source, repeated);
    assertThat(refusal(source, handoverIn(2, E_ON))).isEqualTo(HELD);
    source.machine.tick(0);
    for (int i = 0; i < 20 && source.machine.handovers().hasLeftovers(E_ON); i++) {
      source.machine.tick(i);
    }
    assertThat(refusal(source, handoverIn(2, E_ON))).as("not appended").isEqualTo(HELD);
    letIn(source, log(run(1, 1, 1, 4), run(2, 2, 2, 5), handedOver(3, 1, 5)));
    letIn(source, handoverIn(2, E_ON));
  }

  /// It may be executed behind the item that ended the transaction, and locks the keys again.
  @Test
  void repeatedPrepareHoldsItsKeysUntilItIsExecuted() {
    Command prepare = prepare(1, command(put("b", "1")));
    letIn(source, prepare);
    source.apply(prepare);
    letIn(source, prepare);
    letIn(source, log(abort(1, 1, 4)));
    source.apply(log(abort(1, 1, 4)));
    assertThat(refusal(source, command(put("b", "2")))).isEqualTo(HELD);
    source.apply(prepare);
    assertThat(source.machine.prepared()).hasSize(1);
    assertThat(refusal(source, command(put("b", "2")))).isEqualTo(HELD);
    letIn(source, log(abort(2, 1, 4)));
    source.apply(log(abort(2, 1, 4)));
    letIn(source, command(put("b", "2")));
  }
}
