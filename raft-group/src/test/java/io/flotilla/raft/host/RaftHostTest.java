package io.flotilla.raft.host;

import static io.flotilla.raft.host.HostFixture.rejection;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.MemberChange;
import io.flotilla.raft.core.Message;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RaftHostTest {
  // ------------------------------------------------------------------- proposals

  @Test
  void proposalIsAnsweredOnlyWhenItIsDurableAndApplied() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.log.automatic = false;
    Future<?> put = node.propose("a", "1");
    node.loop.settle();
    assertThat(node.log.waiting()).isEqualTo(1);
    assertThat(put.isComplete()).isFalse();
    assertThat(node.machine.value("a")).isEmpty();

    node.log.finishOne();
    node.loop.settle();
    assertThat(put.succeeded()).isTrue();
    assertThat(node.machine.value("a")).isEqualTo("1");
  }

  @Test
  void onlyVoterLeadsWithoutWaitingForAnElectionTimeout() {
    var node = HostFixture.alone();
    node.loop.settle();
    assertThat(node.group.status().isLeader()).isTrue();
    assertThat(node.group.status().ready()).isTrue();
    assertThat(node.machine.leadership).containsExactly("leads 1");
  }

  @Test
  void proposalsOfOneTurnShareAnEntry() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.events.clear();
    List<Future<?>> puts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      puts.add(node.propose("k" + i, "v"));
    }
    node.loop.settle();
    assertThat(puts).allMatch(Future::succeeded);
    assertThat(node.events).containsExactly("persist 1", "durable", "apply 5");
  }

  @Test
  void entryIsBoundedAndTheRestGoesIntoTheNext() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.events.clear();
    for (int i = 0; i < 5; i++) {
      node.propose("k" + i, "v".repeat(350));
    }
    node.loop.settle();
    assertThat(node.events)
        .containsExactly("persist 3", "durable", "apply 2", "apply 2", "apply 1");
  }

  @Test
  void tooLargeProposalIsRefused() {
    var node = HostFixture.alone();
    assertThat(rejection(node.propose("k", "v".repeat(600))))
        .isEqualTo(new Rejection.RequestTooLarge());
  }

  @Test
  void proposalsBeyondTheirNumberAreRefusedAndLaterOnesAdmittedAgain() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.log.automatic = false;
    for (int i = 0; i < HostFixture.LIMITS.proposals(); i++) {
      node.propose("k" + i, "v");
    }
    Future<?> one = node.propose("one too many", "v");
    node.loop.settle();
    assertThat(rejection(one)).isEqualTo(new Rejection.TooManyRequests());

    node.log.automatic = true;
    node.log.finishOne();
    node.loop.settle();
    Future<?> later = node.propose("later", "v");
    node.loop.settle();
    assertThat(later.succeeded()).isTrue();
  }

  @Test
  void proposalsBeyondTheirBytesAreRefused() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.log.automatic = false;
    List<Future<?>> puts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      puts.add(node.propose("k" + i, "v".repeat(450)));
    }
    node.loop.settle();
    assertThat(puts.subList(0, 4)).noneMatch(Future::isComplete);
    assertThat(rejection(puts.get(4))).isEqualTo(new Rejection.TooManyRequests());
  }

  @Test
  void deadlineBeforeTheLogMeansTimedOut() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.events.clear();
    Future<?> put = node.group.propose(HostFixture.put("a", "1"), node.loop.inMillis(5));
    node.loop.stallMillis(6);
    node.loop.settle();
    assertThat(rejection(put)).isEqualTo(new Rejection.TimedOut());
    assertThat(node.events).isEmpty();
  }

  @Test
  void deadlineInTheLogMeansOutcomeUnknownAndTheEntryStillApplies() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.log.automatic = false;
    Future<?> put = node.group.propose(HostFixture.put("a", "1"), node.loop.inMillis(30));
    node.loop.settle();
    node.loop.advanceMillis(50);
    assertThat(rejection(put)).isEqualTo(new Rejection.OutcomeUnknown());
    node.log.finishOne();
    node.loop.settle();
    assertThat(node.machine.value("a")).isEqualTo("1");
  }

  @Test
  void lostLeadershipMeansOutcomeUnknownOnlyWhenTheLogDoesNotTellInTime() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    Future<?> put = node.propose("a", "1");
    node.loop.settle();
    node.host.receive(
        HostFixture.GROUP, List.of(new Message.Heartbeat(new NodeId(2), 9, 0, 0, false)));
    node.loop.settle();
    assertThat(put.isComplete()).isFalse();
    assertThat(rejection(settled(node, node.propose("b", "1"))))
        .isEqualTo(new Rejection.NotLeader(new NodeId(2)));
    node.loop.advanceMillis(1_100);
    assertThat(rejection(put)).isEqualTo(new Rejection.OutcomeUnknown());
  }

  @Test
  void withoutALeaderNothingIsStarted() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    assertThat(rejection(settled(node, node.propose("a", "1"))))
        .isEqualTo(new Rejection.NoLeader());
    assertThat(rejection(settled(node, node.get(ReadMode.LINEARIZABLE, "a"))))
        .isEqualTo(new Rejection.NoLeader());
    assertThat(node.registry.get("etcd.server.read.indexes.failed").counter().count()).isEqualTo(1);
  }

  private static Future<?> settled(HostFixture node, Future<?> future) {
    node.loop.settle();
    return future;
  }

  /// Makes node 1 of three the leader; node 2 votes for it.
  static void elect(HostFixture node) {
    while (node.sent.stream().noneMatch(Message.PreVoteRequest.class::isInstance)) {
      node.loop.advanceMillis(10);
    }
    var two = new NodeId(2);
    node.host.receive(
        HostFixture.GROUP, List.of(new Message.PreVoteReply(two, 0, 1, true, EntryId.ZERO)));
    node.loop.settle();
    node.host.receive(HostFixture.GROUP, List.of(new Message.VoteReply(two, 1, true)));
    node.loop.settle();
    var three = new NodeId(3);
    node.host.receive(
        HostFixture.GROUP,
        List.of(new Message.AppendAccepted(two, 1, 1), new Message.AppendAccepted(three, 1, 1)));
    node.loop.settle();
    assertThat(node.group.status().isLeader()).isTrue();
  }

  @Test
  void effectsHappenInTheOrderThatDurabilityNeeds() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    node.events.clear();
    node.log.automatic = false;
    Future<?> put = node.propose("a", "1");
    node.loop.settle();
    assertThat(node.events)
        .as("the leader sends before its disk is done (thesis §10.2.1)")
        .containsExactly("send AppendEntries", "send AppendEntries", "persist 1");

    node.host.receive(
        HostFixture.GROUP,
        List.of(
            new Message.AppendAccepted(new NodeId(2), 1, 2),
            new Message.AppendAccepted(new NodeId(3), 1, 2)));
    node.loop.settle();
    assertThat(put.succeeded()).as("two other disks are a majority").isTrue();
    assertThat(node.events).contains("apply 1").doesNotContain("durable");
  }

  @Test
  void followerAcceptsOnlyWhatIsDurable() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    node.events.clear();
    node.log.automatic = false;
    var entry = new Entry(1, 1, EntryKind.EMPTY, new byte[0]);
    node.host.receive(
        HostFixture.GROUP,
        List.of(new Message.AppendEntries(new NodeId(2), 1, EntryId.ZERO, List.of(entry), 0)));
    node.loop.settle();
    assertThat(node.events).containsExactly("persist 1");
    node.log.finishOne();
    node.loop.settle();
    assertThat(node.events).containsExactly("persist 1", "durable", "send AppendAccepted");
  }

  @Test
  void logWithoutRoomIsOfferedTheBatchAgain() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.log.full = true;
    Future<?> put = node.propose("a", "1");
    node.loop.settle();
    assertThat(put.isComplete()).isFalse();
    node.log.full = false;
    node.loop.advanceMillis(20);
    assertThat(put.succeeded()).isTrue();
  }

  // ------------------------------------------------------------------- restart

  @Test
  void answeredProposalsSurvivePowerLoss() {
    var node = HostFixture.alone();
    Future<?> first = settled(node, node.propose("a", "1"));
    node.log.automatic = false;
    Future<?> second = settled(node, node.propose("b", "2"));
    assertThat(first.succeeded()).isTrue();
    assertThat(second.isComplete()).isFalse();

    node.restart();
    node.loop.settle();
    assertThat(node.machine.value("a")).isEqualTo("1");
    assertThat(node.machine.value("b")).isEmpty();
    assertThat(node.group.status().term()).isEqualTo(2);
  }

  @Test
  void restartFromACheckpointReplaysOnlyWhatFollows() {
    var node = HostFixture.alone();
    settled(node, node.propose("a", "1"));
    settled(node, node.propose("b", "2"));
    node.machine.due = true;
    node.loop.advanceMillis(10);
    node.runStorage();
    settled(node, node.propose("c", "3"));
    node.events.clear();
    node.restart();
    node.loop.settle();
    assertThat(node.group.status().isLeader()).isTrue();
    assertThat(node.events.stream().filter(event -> event.startsWith("apply")).toList())
        .as("the put of c, then the empty entry of the new term")
        .containsExactly("apply 1", "apply 0");
    assertThat(List.of(node.machine.value("a"), node.machine.value("b"), node.machine.value("c")))
        .containsExactly("1", "2", "3");
  }

  // ------------------------------------------------------------------- reads

  @Test
  void linearizableReadSeesWhatWasAnsweredBefore() {
    var node = HostFixture.alone();
    node.loop.settle();
    Future<?> put = node.propose("a", "1");
    Future<String> early = node.get(ReadMode.LINEARIZABLE, "a");
    node.loop.settle();
    Future<String> late = node.get(ReadMode.LINEARIZABLE, "a");
    node.loop.settle();
    assertThat(put.succeeded()).isTrue();
    assertThat(early.succeeded()).isTrue();
    assertThat(late.result()).isEqualTo("1");
  }

  @Test
  void serializableReadNeedsNoLeader() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    assertThat(settled(node, node.get(ReadMode.SERIALIZABLE, "a")).succeeded()).isTrue();
  }

  @Test
  void linearizableReadWaitsForAMajority() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    Future<String> read = node.get(ReadMode.LINEARIZABLE, "a");
    Future<String> other = node.get(ReadMode.LINEARIZABLE, "b");
    node.loop.settle();
    assertThat(read.isComplete()).isFalse();
    node.host.receive(HostFixture.GROUP, List.of(new Message.HeartbeatReply(new NodeId(3), 1, 1)));
    node.loop.settle();
    assertThat(read.succeeded()).isTrue();
    assertThat(other.succeeded()).as("both shared one round").isTrue();
  }

  @Test
  void readOfADeposedLeaderMayBeRepeated() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    Future<String> read = node.get(ReadMode.LINEARIZABLE, "a");
    node.loop.settle();
    node.host.receive(
        HostFixture.GROUP, List.of(new Message.Heartbeat(new NodeId(2), 9, 0, 0, false)));
    node.loop.settle();
    assertThat(rejection(read)).isEqualTo(new Rejection.LeaderChanged());
    assertThat(node.registry.get("etcd.server.read.indexes.failed").counter().count()).isEqualTo(1);
  }

  @Test
  void longReadLetsOthersInBetweenItsSteps() {
    var node = HostFixture.alone();
    node.loop.settle();
    Future<String> longRead =
        node.group.read(
            ReadMode.SERIALIZABLE, new FakeMachine.Get("a", 2_000), node.loop.inMillis(1_000));
    node.loop.turn();
    assertThat(node.machine.stepsTaken).isLessThan(500);
    Future<?> put = node.propose("a", "1");
    for (int i = 0; i < 4; i++) {
      node.loop.turn();
    }
    assertThat(put.succeeded()).isTrue();
    assertThat(longRead.isComplete()).isFalse();
    node.loop.settle();
    assertThat(longRead.result()).as("it answers for the state it began with").isEmpty();
    assertThat(node.machine.openRuns).isZero();
  }

  @Test
  void readPastItsDeadlineIsEndedAndLetsGo() {
    var node = HostFixture.alone();
    node.loop.settle();
    Future<String> read =
        node.group.read(
            ReadMode.SERIALIZABLE,
            new FakeMachine.Get("a", Integer.MAX_VALUE),
            node.loop.inMillis(25));
    for (int i = 0; i < 3; i++) {
      node.loop.turn();
    }
    node.loop.stallMillis(30);
    node.host.halt(new IllegalStateException("ends the endless read"));
    assertThat(rejection(read)).isEqualTo(new Rejection.Stopped());
    assertThat(node.machine.openRuns).isZero();
  }

  @Test
  void waitingReadTimesOut() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    Future<String> read =
        node.group.read(ReadMode.LINEARIZABLE, new FakeMachine.Get("a", 1), node.loop.inMillis(25));
    node.loop.advanceMillis(40);
    assertThat(rejection(read)).isEqualTo(new Rejection.TimedOut());
  }

  @Test
  void queryThatIsRefusedFailsWithItsReason() {
    var node = HostFixture.alone();
    assertThat(rejection(settled(node, node.get(ReadMode.SERIALIZABLE, "compacted"))))
        .isEqualTo(new Rejection.Compacted(1));
  }

  @Test
  void readsBeyondTheirNumberAreRefused() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    List<Future<String>> reads = new ArrayList<>();
    for (int i = 0; i <= HostFixture.LIMITS.reads(); i++) {
      reads.add(node.get(ReadMode.LINEARIZABLE, "a"));
    }
    node.loop.settle();
    assertThat(rejection(reads.getLast())).isEqualTo(new Rejection.TooManyRequests());
    assertThat(reads.subList(0, HostFixture.LIMITS.reads())).noneMatch(Future::isComplete);
  }

  // ------------------------------------------------------------------- checkpoints

  @Test
  void checkpointIsWrittenOffTheLoopAndTheLogCutAfterwards() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.machine.due = true;
    node.events.clear();
    settled(node, node.propose("a", "1"));
    assertThat(node.events).contains("begin checkpoint 1").doesNotContain("run checkpoint");
    node.runStorage();
    assertThat(node.events)
        .containsSubsequence(
            "begin checkpoint 1", "run checkpoint", "end checkpoint", "truncate 1");
  }

  /// Compaction changes pages when nothing is written for long.
  @Test
  void stateThatGrewWithoutAnEntryIsWrittenAndTheLogLeftAlone() {
    var node = HostFixture.alone();
    node.machine.due = true;
    node.loop.advanceMillis(10);
    node.runStorage();
    assertThat(node.events).containsSubsequence("end checkpoint", "truncate 1");
    node.events.clear();
    node.loop.advanceMillis(10);
    assertThat(node.events).doesNotContain("begin checkpoint 1");
    node.machine.due = true;
    node.loop.advanceMillis(10);
    node.runStorage();
    assertThat(node.events)
        .containsSubsequence("begin checkpoint 1", "run checkpoint", "end checkpoint")
        .doesNotContain("truncate 1");
  }

  @Test
  void checkpointWaitsForTheLogToHoldWhatItContains() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    node.log.automatic = false;
    node.propose("a", "1");
    node.loop.settle();
    node.host.receive(
        HostFixture.GROUP,
        List.of(
            new Message.AppendAccepted(new NodeId(2), 1, 2),
            new Message.AppendAccepted(new NodeId(3), 1, 2)));
    node.machine.due = true;
    node.loop.settle();
    assertThat(node.events).contains("begin checkpoint 2");
    assertThat(node.storage).isEmpty();
    node.log.finishOne();
    node.loop.settle();
    assertThat(node.storage).hasSize(1);
  }

  @Test
  void logThatGrewByItsBoundCausesACheckpoint() {
    var node = HostFixture.alone();
    node.loop.settle();
    for (int i = 0; i < 14; i++) {
      settled(node, node.propose("k" + i, "v".repeat(400)));
    }
    assertThat(node.storage).hasSize(1);
  }

  @Test
  void failingCheckpointHalts() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.machine.failingCheckpoint = true;
    node.machine.due = true;
    settled(node, node.propose("a", "1"));
    node.runStorage();
    assertThat(node.halted).singleElement().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void fullDiskDelaysACheckpointAndHaltsNothing() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.machine.diskFull = true;
    node.machine.due = true;
    settled(node, node.propose("a", "1"));
    node.runStorage();
    assertThat(node.events).contains("abandon checkpoint").doesNotContain("end checkpoint");
    assertThat(node.halted).isEmpty();
    node.machine.due = true;
    settled(node, node.propose("b", "1"));
    node.loop.advanceMillis(4_000);
    assertThat(node.storage).as("it is not tried again at once").isEmpty();
    node.machine.diskFull = false;
    node.loop.advanceMillis(2_000);
    node.runStorage();
    assertThat(node.saved.values).containsOnlyKeys("a", "b");
    assertThat(node.halted).isEmpty();
  }

  @Test
  void fullDiskAfterAForceHalts() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.machine.diskFull = true;
    node.machine.forced = true;
    node.machine.due = true;
    settled(node, node.propose("a", "1"));
    node.runStorage();
    assertThat(node.halted).singleElement().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void stopDoesNotWaitForRoomOnTheDisk() {
    var node = HostFixture.alone();
    node.loop.settle();
    settled(node, node.propose("a", "1"));
    node.machine.diskFull = true;
    Future<Void> stopped = node.host.stop(node.loop.inMillis(1_000));
    node.loop.settle();
    node.runStorage();
    assertThat(stopped.succeeded()).isTrue();
    assertThat(node.events).containsSubsequence("abandon checkpoint", "close log");
    assertThat(node.halted).isEmpty();
  }

  @Test
  void stopSoonAfterAFullDiskTriesNoCheckpoint() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.machine.diskFull = true;
    node.machine.due = true;
    settled(node, node.propose("a", "1"));
    node.runStorage();
    Future<Void> stopped = node.host.stop(node.loop.inMillis(1_000));
    node.loop.settle();
    assertThat(node.storage).isEmpty();
    assertThat(stopped.succeeded()).isTrue();
  }

  // ------------------------------------------------------------------- end

  @Test
  void brokenMachineHaltsOnceAndAnswersWhatWaits() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.machine.failing = true;
    Future<?> first = node.propose("a", "1");
    node.loop.turn();
    Future<?> second = node.propose("b", "1");
    node.loop.settle();
    node.loop.advanceMillis(100);
    assertThat(node.halted).hasSize(1);
    assertThat(first.failed()).isTrue();
    assertThat(second.failed()).isTrue();
    assertThat(rejection(node.propose("c", "1"))).isEqualTo(new Rejection.Stopped());
  }

  @Test
  void stopFinishesWhatIsInFlightWritesACheckpointAndCloses() {
    var node = HostFixture.alone();
    node.loop.settle();
    Future<?> inFlight = node.propose("a", "1");
    node.loop.turn();
    node.events.clear();
    Future<Void> stopped = node.host.stop(node.loop.inMillis(1_000));
    Future<?> late = node.propose("b", "1");
    node.loop.settle();
    node.runStorage();
    assertThat(inFlight.succeeded()).isTrue();
    assertThat(rejection(late)).isEqualTo(new Rejection.Stopped());
    assertThat(stopped.succeeded()).isTrue();
    assertThat(node.events)
        .containsSubsequence("apply 1", "run checkpoint", "close log", "close machine");
    assertThat(node.halted).isEmpty();
    node.loop.advanceMillis(1_000);
    assertThat(node.loop.isIdle()).isTrue();
  }

  @Test
  void stopDoesNotWaitForeverForAMajority() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    elect(node);
    Future<?> put = node.propose("a", "1");
    node.loop.settle();
    Future<Void> stopped = node.host.stop(node.loop.inMillis(50));
    node.loop.advanceMillis(60);
    node.runStorage();
    assertThat(stopped.succeeded()).isTrue();
    assertThat(rejection(put)).isEqualTo(new Rejection.OutcomeUnknown());
  }

  // ------------------------------------------------------------------- other loops

  @Test
  void requestsFromAnotherLoopCostOneWakeUpAndOneHandOverBack() {
    var node = new HostFixture(new ManualLoop(), 1, 1);
    var front = new ManualLoop();
    boolean[] onHost = {true};
    node.callers = new TwoLoops(onHost, front::execute);
    node.start();
    node.loop.settle();
    int before = node.loop.executed;
    onHost[0] = false;
    List<Future<?>> puts =
        List.of(node.propose("a", "1"), node.propose("b", "1"), node.propose("c", "1"));
    onHost[0] = true;
    node.loop.turn();
    assertThat(node.loop.executed - before).isEqualTo(1);
    node.loop.settle();
    assertThat(puts).noneMatch(Future::isComplete);
    front.settle();
    assertThat(puts).allMatch(Future::succeeded);
    assertThat(front.executed).isEqualTo(1);
  }

  @Test
  void fullInboxRefusesAtOnce() {
    var node = new HostFixture(new ManualLoop(), 1, 1);
    boolean[] onHost = {true};
    node.callers = new TwoLoops(onHost, Runnable::run);
    node.start();
    node.loop.settle();
    onHost[0] = false;
    for (int i = 0; i < HostFixture.LIMITS.inbox(); i++) {
      assertThat(node.propose("k" + i, "v").isComplete()).isFalse();
    }
    assertThat(rejection(node.propose("x", "v"))).isEqualTo(new Rejection.TooManyRequests());
  }

  @Test
  void requestFromAnotherLoopThatMeetsTheEndIsAnswered() {
    var node = new HostFixture(new ManualLoop(), 1, 1);
    boolean[] onHost = {true};
    node.callers = new TwoLoops(onHost, Runnable::run);
    node.start();
    node.loop.settle();
    Future<Void> stopped = node.host.stop(node.loop.inMillis(1_000));
    node.loop.settle();
    node.storage.removeFirst().run();
    node.loop.turn();
    assertThat(node.events).contains("close log");
    assertThat(stopped.isComplete()).isFalse();
    onHost[0] = false;
    Future<?> late = node.propose("a", "1");
    onHost[0] = true;
    node.loop.settle();
    assertThat(stopped.succeeded()).isTrue();
    assertThat(rejection(late)).isEqualTo(new Rejection.Stopped());
  }

  private record TwoLoops(boolean[] onHost, Executor front) implements Callers {
    @Override
    public boolean onHostLoop() {
      return onHost[0];
    }

    @Override
    public @Nullable Caller current() {
      return new Caller("front", front);
    }
  }

  // ------------------------------------------------------------------- members

  @Test
  void changeOfMembersCompletesWhenItTakesEffect() {
    var node = HostFixture.alone();
    node.loop.settle();
    var add = List.<MemberChange.Step>of(new MemberChange.Step.AddLearner(new NodeId(2)));
    var change = node.group.changeMembers(add, new byte[0], node.loop.inMillis(1_000));
    node.loop.settle();
    assertThat(change.result().learners()).containsExactly(new NodeId(2));
    assertThat(node.machine.membership()).isEqualTo(change.result());
    assertThat(node.sent).isNotEmpty();
  }

  @Test
  void contradictoryChangeFails() {
    var node = HostFixture.alone();
    node.loop.settle();
    var remove = List.<MemberChange.Step>of(new MemberChange.Step.Remove(new NodeId(1)));
    var change = node.group.changeMembers(remove, new byte[0], node.loop.inMillis(1_000));
    node.loop.settle();
    assertThat(change.cause()).isInstanceOf(IllegalArgumentException.class);
    assertThat(node.halted).isEmpty();
  }

  @Test
  void requestsAreCounted() {
    var node = HostFixture.alone();
    settled(node, node.propose("a", "1"));
    settled(node, node.get(ReadMode.LINEARIZABLE, "a"));
    assertThat(node.registry.get("flotilla.raft.proposals.applied").counter().count()).isEqualTo(1);
    assertThat(node.registry.get("etcd.server.proposals.pending").gauge().value()).isZero();
    assertThat(node.registry.get("flotilla.raft.reads.served").counter().count()).isEqualTo(1);
    assertThat(node.registry.get("flotilla.raft.persist").timer().count()).isGreaterThan(1);
    assertThat(node.registry.get("flotilla.raft.leaders").gauge().value()).isEqualTo(1);
  }
}
