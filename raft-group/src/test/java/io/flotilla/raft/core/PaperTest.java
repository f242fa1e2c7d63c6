package io.flotilla.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.Message.AppendEntries;
import io.flotilla.raft.core.Message.AppendRejected;
import io.flotilla.raft.core.Message.Heartbeat;
import io.flotilla.raft.core.Message.PreVoteReply;
import io.flotilla.raft.core.Message.PreVoteRequest;
import io.flotilla.raft.core.Message.TimeoutNow;
import io.flotilla.raft.core.Message.VoteReply;
import io.flotilla.raft.core.Message.VoteRequest;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// One test per sentence of "In Search of an Understandable Consensus Algorithm" (extended version)
/// and of Ongaro's thesis that the core implements.
class PaperTest {
  private static final NodeId S1 = new NodeId(1);
  private static final NodeId S2 = new NodeId(2);
  private static final NodeId S3 = new NodeId(3);
  private static final byte[] NOTHING = {};
  private static final Membership THREE = Membership.ofVoters(List.of(S1, S2, S3));

  /// A replica S1 of three with the given log; terms per index from 1.
  private static RaftCore replica(long term, NodeId vote, long... logTerms) {
    List<Entry> entries =
        IntStream.range(0, logTerms.length)
            .mapToObj(i -> new Entry(logTerms[i], i + 1, EntryKind.COMMANDS, NOTHING))
            .toList();
    var hard = new HardState(term, vote, 0);
    var applied = new SnapshotMark(EntryId.ZERO, THREE);
    var restored = new Restored(hard, applied, EntryId.ZERO, entries);
    return new RaftCore(S1, SimGroup.CONFIG, restored, new SplittableRandom(1));
  }

  private static <M extends Message> List<M> sent(List<Envelope> envelopes, Class<M> type) {
    return envelopes.stream()
        .map(Envelope::message)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  private static boolean grants(RaftCore core, VoteRequest request) {
    core.step(request);
    return sent(core.takeReady().messagesAfterPersist(), VoteReply.class).getLast().granted();
  }

  // ------------------------------------------------------------------- §5.1

  /// "If one server's current term is smaller than the other's, then it updates its current term to
  /// the larger value."
  @Test
  void laterTermIsTakenOver() {
    RaftCore core = replica(1, NodeId.NONE);
    core.step(new Heartbeat(S2, 5, 0, 0, false));
    assertThat(core.status().term()).isEqualTo(5);
    assertThat(core.takeReady().hardState()).contains(new HardState(5, NodeId.NONE, 0));
  }

  /// "If a candidate or leader discovers that its term is out of date, it immediately reverts to
  /// follower state."
  @Test
  void leaderOfAnOldTermRevertsToFollower() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.replica(1).core.step(new VoteReply(S2, 9, false));
    assertThat(group.status(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(group.status(1).term()).isEqualTo(9);
  }

  /// "If a server receives a request with a stale term number, it rejects the request."
  @Test
  void staleAppendIsRefusedWithTheLaterTerm() {
    RaftCore core = replica(4, NodeId.NONE, 1);
    core.step(new AppendEntries(S2, 3, new EntryId(1, 1), List.of(), 1));
    assertThat(core.status().committed()).isZero();
    assertThat(core.takeReady().messagesAfterPersist())
        .singleElement()
        .satisfies(reply -> assertThat(reply.message().term()).isEqualTo(4));
  }

  // ------------------------------------------------------------------- §5.2

  /// "Leaders send periodic heartbeats to all followers in order to maintain their authority."
  @Test
  void leaderSendsHeartbeatsPeriodically() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.delivered.clear();
    group.tickAll(4 * SimGroup.CONFIG.heartbeatTicks());
    assertThat(sent(group.delivered, Heartbeat.class)).hasSize(2 * 4);
  }

  /// "If a follower receives no communication over a period of time called the election timeout,
  /// then it ... begins an election." Here it asks first whether one could be won (thesis §9.6).
  @Test
  void silenceStartsAnElection() {
    RaftCore core = replica(1, NodeId.NONE);
    for (int i = 0; i < 2 * SimGroup.CONFIG.electionTicks(); i++) {
      core.tick();
    }
    assertThat(core.status().role()).isEqualTo(Role.PRE_CANDIDATE);
    assertThat(core.status().term()).isEqualTo(1);
    assertThat(sent(core.takeReady().messages(), PreVoteRequest.class)).hasSizeGreaterThan(1);
  }

  /// "To begin an election, a follower increments its current term and transitions to candidate
  /// state. It then votes for itself."
  @Test
  void candidateIncrementsItsTermAndVotesForItself() {
    RaftCore core = replica(1, NodeId.NONE);
    core.campaign();
    core.step(new PreVoteReply(S2, 1, 2, true, EntryId.ZERO));
    assertThat(core.status().role()).isEqualTo(Role.CANDIDATE);
    Ready ready = core.takeReady();
    assertThat(ready.hardState()).contains(new HardState(2, S1, 0));
    assertThat(sent(ready.messages(), VoteRequest.class)).isEmpty();
    assertThat(sent(ready.messagesAfterPersist(), VoteRequest.class)).hasSize(2);
  }

  /// "A candidate wins an election if it receives votes from a majority of the servers in the full
  /// cluster for the same term"; its own counts once it is durable (figure 2).
  @Test
  void majorityOfDurableVotesElects() {
    RaftCore core = replica(1, NodeId.NONE);
    core.campaign();
    core.step(new PreVoteReply(S2, 1, 2, true, EntryId.ZERO));
    core.takeReady();
    core.step(new VoteReply(S2, 2, true));
    assertThat(core.status().role()).isEqualTo(Role.CANDIDATE);
    core.persisted();
    assertThat(core.status().role()).isEqualTo(Role.LEADER);
  }

  /// "Each server will vote for at most one candidate in a given term, on a first-come-first-served
  /// basis."
  @Test
  void voteGoesToTheFirstWhoAsks() {
    RaftCore core = replica(1, NodeId.NONE);
    assertThat(grants(core, new VoteRequest(S2, 2, EntryId.ZERO, false))).isTrue();
    core.persisted();
    assertThat(grants(core, new VoteRequest(S3, 2, EntryId.ZERO, false))).isFalse();
    assertThat(grants(core, new VoteRequest(S2, 2, EntryId.ZERO, false))).isTrue();
  }

  /// "If the leader's term is at least as large as the candidate's current term, then the candidate
  /// recognizes the leader as legitimate and returns to follower state."
  @Test
  void candidateRecognizesTheLeaderOfItsTerm() {
    RaftCore core = replica(1, NodeId.NONE);
    core.campaign();
    core.step(new PreVoteReply(S2, 1, 2, true, EntryId.ZERO));
    core.step(new AppendEntries(S3, 2, EntryId.ZERO, List.of(), 0));
    assertThat(core.status().role()).isEqualTo(Role.FOLLOWER);
    assertThat(core.status().leader()).isEqualTo(S3);
  }

  /// "Raft uses randomized election timeouts to ensure that split votes are rare."
  @Test
  void electionTimeoutsAreSpreadOverTheInterval() {
    var random = new SplittableRandom(3);
    int[] seen = new int[20];
    for (int run = 0; run < 1000; run++) {
      var timer = new ElectionTimer(10, random);
      int ticks = 1;
      while (!timer.tick()) {
        ticks++;
      }
      seen[ticks]++;
    }
    assertThat(IntStream.range(0, 10).map(i -> seen[i]).sum()).isZero();
    assertThat(IntStream.range(10, 20)).allMatch(i -> seen[i] > 50);
  }

  // ------------------------------------------------------------------- §5.3

  /// "The leader appends the command to its log as a new entry, then issues AppendEntries RPCs in
  /// parallel to each of the other servers": it need not be durable first (thesis §10.2.1).
  @Test
  void leaderSendsBeforeItsOwnDiskIsDone() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.replica(1).propose(NOTHING);
    Ready ready = group.replica(1).core.takeReady();
    assertThat(ready.entries()).hasSize(1);
    assertThat(sent(ready.messages(), AppendEntries.class))
        .hasSize(2)
        .allSatisfy(append -> assertThat(append.entries()).isEqualTo(ready.entries()));
  }

  /// "A log entry is committed once the leader that created the entry has replicated it on a
  /// majority of the servers"; the leader's own disk is one of them, and not a special one.
  @Test
  void majorityOfFollowersCommitsBeforeTheLeadersDisk() {
    var group = SimGroup.of(3);
    group.elect(1);
    long before = group.status(1).committed();
    group.replica(1).propose(NOTHING);
    group.drive(group.replica(1));
    for (int round = 0; round < 3; round++) {
      group.drive(group.replica(2));
      group.drive(group.replica(3));
      group.persist(group.replica(2));
      group.persist(group.replica(3));
      var now = List.copyOf(group.network);
      group.network.clear();
      now.forEach(group::deliver);
    }
    assertThat(group.status(1).committed()).isEqualTo(before + 1);
    assertThat(group.status(1).persisted()).isEqualTo(before);
  }

  /// A group of one: its own disk is the majority.
  @Test
  void onlyVoterCommitsExactlyWhenItsDiskIsDone() {
    var group = SimGroup.of(1);
    group.elect(1);
    long before = group.status(1).committed();
    group.replica(1).propose(NOTHING);
    group.drive(group.replica(1));
    assertThat(group.status(1).committed()).isEqualTo(before);
    group.persist(group.replica(1));
    assertThat(group.status(1).committed()).isEqualTo(before + 1);
  }

  /// "The leader keeps track of the highest index it knows to be committed, and it includes that
  /// index in future AppendEntries RPCs (including heartbeats) so that the other servers eventually
  /// find out."
  @Test
  void followersLearnWhatIsCommitted() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.propose(1, "x");
    assertThat(group.status(2).committed()).isEqualTo(group.status(1).committed());
    assertThat(group.status(3).applied()).isEqualTo(group.status(1).committed());
  }

  /// "If the follower does not find an entry in its log with the same index and term, then it
  /// refuses the new entries."
  @Test
  void appendWithoutItsPredecessorIsRefused() {
    RaftCore core = replica(2, NodeId.NONE, 1, 1);
    var entry = new Entry(2, 4, EntryKind.COMMANDS, NOTHING);
    core.step(new AppendEntries(S2, 2, new EntryId(2, 3), List.of(entry), 0));
    AppendRejected rejected =
        sent(core.takeReady().messagesAfterPersist(), AppendRejected.class).getFirst();
    assertThat(rejected.prevIndex()).isEqualTo(3);
    assertThat(rejected.hint()).isEqualTo(new EntryId(1, 2));
  }

  /// "Conflicting entries in follower logs will be overwritten with entries from the leader's log."
  @Test
  void followerTruncatesConflictingSuffix() {
    RaftCore core = replica(2, NodeId.NONE, 1, 1, 2);
    var entry = new Entry(3, 2, EntryKind.COMMANDS, NOTHING);
    core.step(new AppendEntries(S2, 3, new EntryId(1, 1), List.of(entry), 0));
    assertThat(core.status().last()).isEqualTo(new EntryId(3, 2));
    assertThat(core.takeReady().entries()).containsExactly(entry);
  }

  /// Figure 2: entries that the log already holds are not cut off by an old, shorter message.
  @Test
  void delayedAppendCutsNothing() {
    RaftCore core = replica(2, NodeId.NONE, 1, 1, 2);
    var held = new Entry(1, 2, EntryKind.COMMANDS, NOTHING);
    core.step(new AppendEntries(S2, 2, new EntryId(1, 1), List.of(held), 0));
    assertThat(core.status().last()).isEqualTo(new EntryId(2, 3));
  }

  /// "When rejecting an AppendEntries request, the follower can include the term of the conflicting
  /// entry and the first index it stores for that term", so that a whole term is skipped at once.
  @Test
  void hintSkipsAConflictingTermAtOnce() {
    var follower = new RaftLog(EntryId.ZERO, log(1, 1, 2, 2, 2, 2), EntryId.ZERO);
    var leader = new RaftLog(EntryId.ZERO, log(1, 1, 1, 3, 3, 3, 3), EntryId.ZERO);
    EntryId hint = follower.conflictHint(new EntryId(3, 6));
    assertThat(hint).isEqualTo(new EntryId(2, 6));
    assertThat(leader.probeFor(hint)).isEqualTo(new EntryId(1, 3));
    assertThat(follower.conflictHint(new EntryId(1, 3))).isEqualTo(new EntryId(1, 2));
  }

  private static List<Entry> log(long... terms) {
    return IntStream.range(0, terms.length)
        .mapToObj(i -> new Entry(terms[i], i + 1, EntryKind.COMMANDS, NOTHING))
        .toList();
  }

  // ------------------------------------------------------------------- §5.4

  /// "The voter denies its vote if its own log is more up-to-date than that of the candidate." "If
  /// the logs have last entries with different terms, then the log with the later term is more
  /// up-to-date. If the logs end with the same term, then whichever log is longer."
  @Test
  void voteIsDeniedToALessCompleteLog() {
    long[] own = {1, 1, 2};
    assertThat(grants(replica(2, NodeId.NONE, own), vote(new EntryId(1, 9)))).isFalse();
    assertThat(grants(replica(2, NodeId.NONE, own), vote(new EntryId(2, 2)))).isFalse();
    assertThat(grants(replica(2, NodeId.NONE, own), vote(new EntryId(2, 3)))).isTrue();
    assertThat(grants(replica(2, NodeId.NONE, own), vote(new EntryId(3, 1)))).isTrue();
  }

  private static VoteRequest vote(EntryId last) {
    return new VoteRequest(S2, 7, last, false);
  }

  /// "Raft never commits log entries from previous terms by counting replicas" (§5.4.2, figure 8).
  @Test
  void oldTermEntryCommitsOnlyWithOneOfTheLeadersOwnTerm() {
    assertThat(Figure8.play(new Rules())).isEqualTo("none");
  }

  // ------------------------------------------------------------------- §6, thesis §4

  /// "Agreement (for elections and entry commitment) requires separate majorities from both the old
  /// and new configurations."
  @Test
  void jointMembershipNeedsBothMajorities() {
    var joint =
        MemberChange.plan(
            THREE,
            List.of(
                new MemberChange.Step.AddVoter(new NodeId(4)),
                new MemberChange.Step.AddVoter(new NodeId(5)),
                new MemberChange.Step.Remove(S1)));
    assertThat(joint.isJoint()).isTrue();
    assertThat(Quorum.agrees(joint, id -> id.value() >= 4 || id.equals(S2))).isFalse();
    assertThat(Quorum.agrees(joint, id -> id.value() <= 3)).isFalse();
    assertThat(Quorum.agrees(joint, id -> id.value() >= 2 && id.value() != 5)).isTrue();
  }

  /// "The leader steps down (returns to follower state) once it has committed the C-new log entry",
  /// if it is no part of it.
  @Test
  void removedLeaderStepsDownAndTheOthersGoOn() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.replica(1).core.changeMembers(List.of(new MemberChange.Step.Remove(S1)), NOTHING);
    group.settle();
    assertThat(group.status(1).role()).isEqualTo(Role.FOLLOWER);
    group.tickAll(4 * SimGroup.CONFIG.electionTicks());
    assertThat(List.of(group.replica(2).leads(), group.replica(3).leads())).containsOnlyOnce(true);
    assertThat(group.status(2).membership()).isEqualTo(Membership.ofVoters(List.of(S2, S3)));
  }

  /// "A configuration change is only allowed when the previous one is committed" (thesis §4.1);
  /// here applied, because that is when it takes effect.
  @Test
  void secondChangeWaitsForTheFirst() {
    var group = SimGroup.of(3, 5, SimGroup.CONFIG);
    group.elect(1);
    var add = List.<MemberChange.Step>of(new MemberChange.Step.AddLearner(new NodeId(4)));
    assertThat(group.replica(1).core.changeMembers(add, NOTHING))
        .isInstanceOf(ProposeResult.Appended.class);
    assertThat(group.replica(1).core.changeMembers(add, NOTHING))
        .isEqualTo(new ProposeResult.Refused(new Rejection.TooManyRequests()));
    group.settle();
    assertThat(group.replica(1).core.changeMembers(add, NOTHING))
        .isInstanceOf(ProposeResult.Appended.class);
  }

  /// "The new servers ... join the cluster as non-voting members (the leader replicates log entries
  /// to them, but they are not considered for majorities)."
  @Test
  void learnerReceivesTheLogAndCountsInNoMajority() {
    var group = SimGroup.of(1, 2, SimGroup.CONFIG);
    group.elect(1);
    group.propose(1, "before");
    var add = List.<MemberChange.Step>of(new MemberChange.Step.AddLearner(S2));
    group.replica(1).core.changeMembers(add, NOTHING);
    group.settle();
    assertThat(group.status(2).applied()).isEqualTo(group.status(1).applied());
    group.isolate(2);
    group.propose(1, "alone");
    assertThat(group.status(1).committed()).isEqualTo(group.status(1).last().index());
  }

  /// "If a server receives a RequestVote request within the minimum election timeout of hearing
  /// from a current leader, it does not update its term or grant its vote" (thesis §4.2.3).
  @Test
  void replicaThatHearsItsLeaderKeepsToIt() {
    RaftCore core = replica(1, NodeId.NONE);
    core.step(new Heartbeat(S2, 1, 0, 0, false));
    core.step(new VoteRequest(S3, 8, new EntryId(1, 9), false));
    assertThat(core.status().term()).isEqualTo(1);
    assertThat(core.takeReady().messagesAfterPersist()).isEmpty();
  }

  // ------------------------------------------------------------------- thesis §3.10, §6.2, §9.6

  /// "To transfer leadership ... the prior leader stops accepting new client requests", brings the
  /// target's log up to date and "sends a TimeoutNow request to the target server".
  @Test
  void leadershipMovesToTheChosenReplica() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.replica(1).propose(NOTHING);
    assertThat(group.replica(1).core.transferTo(S3)).isTrue();
    assertThat(group.replica(1).propose(NOTHING))
        .isEqualTo(new ProposeResult.Refused(new Rejection.NoLeader()));
    group.settle();
    assertThat(group.replica(3).leads()).isTrue();
    assertThat(sent(group.delivered, TimeoutNow.class)).hasSize(1);
  }

  /// "If leadership transfer does not complete after about an election timeout, the prior leader
  /// aborts the transfer and resumes accepting client requests."
  @Test
  void transferToADeadReplicaIsAbandoned() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.isolate(3);
    group.propose(1, "not at the target");
    group.replica(1).core.transferTo(S3);
    group.tickAll(SimGroup.CONFIG.electionTicks());
    assertThat(group.propose(1, "x")).isInstanceOf(ProposeResult.Appended.class);
  }

  /// "A leader ... steps down if an election timeout elapses without a successful round of
  /// heartbeats to a majority of its cluster" (thesis §6.2).
  @Test
  void leaderWithoutAMajorityStepsDown() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.isolate(1);
    group.tickAll(2 * SimGroup.CONFIG.electionTicks());
    assertThat(group.status(1).role()).isNotEqualTo(Role.LEADER);
  }

  /// "In the Pre-Vote algorithm, a candidate only increments its term if it first learns from a
  /// majority of the cluster that they would be willing to grant the candidate their votes" (§9.6).
  @Test
  void isolatedReplicaDoesNotRaiseItsTermAndDisturbsNobody() {
    var group = SimGroup.of(3);
    group.elect(1);
    long term = group.status(1).term();
    group.isolate(3);
    group.tickAll(10 * SimGroup.CONFIG.electionTicks());
    group.heal();
    group.tickAll(3 * SimGroup.CONFIG.electionTicks());
    assertThat(group.replica(1).leads()).isTrue();
    assertThat(group.status(3).term()).isEqualTo(term);
  }

  // ------------------------------------------------------------------- §7, §8

  /// "The leader must occasionally send snapshots to followers that lag behind."
  @Test
  void followerBehindTheLogGetsASnapshot() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.isolate(3);
    IntStream.range(0, 8).forEach(i -> group.propose(1, "x" + i));
    group.replica(1).core.compactTo(group.status(1).applied());
    group.heal();
    group.tickAll(4 * SimGroup.CONFIG.heartbeatTicks());
    assertThat(group.status(3).applied()).isEqualTo(group.status(1).applied());
    assertThat(sent(group.delivered, Message.InstallSnapshot.class)).isNotEmpty();
    assertThat(group.replica(3).machine.hash()).isEqualTo(group.replica(1).machine.hash());
  }

  /// "A leader must check whether it has been deposed before processing a read-only request", "by
  /// having the leader exchange heartbeat messages with a majority of the cluster before
  /// responding".
  @Test
  void readWaitsForAMajorityOfHeartbeats() {
    var group = SimGroup.of(3);
    group.elect(1);
    SimReplica leader = group.replica(1);
    leader.read();
    group.drive(leader);
    assertThat(leader.readStates).isEmpty();
    group.settle();
    assertThat(leader.readStates)
        .singleElement()
        .satisfies(state -> assertThat(state.index()).isEqualTo(group.status(1).committed()));
  }

  /// A leader that was deposed without noticing serves no read, and says so when it notices.
  @Test
  void readOfADeposedLeaderIsRefused() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.isolate(1);
    group.replica(1).read();
    group.tickAll(2 * SimGroup.CONFIG.electionTicks());
    assertThat(group.replica(1).readStates)
        .singleElement()
        .satisfies(state -> assertThat(state.served()).isFalse());
  }

  /// "Raft handles this by having each leader commit a blank no-op entry into the log at the start
  /// of its term": no read before that.
  @Test
  void newLeaderServesReadsOnlyAfterItsFirstCommit() {
    var group = SimGroup.of(1);
    SimReplica only = group.replica(1);
    only.core.campaign();
    group.drive(only);
    group.persist(only);
    assertThat(only.leads()).isTrue();
    only.read();
    group.drive(only);
    assertThat(only.readStates).isEmpty();
    group.persist(only);
    group.drive(only);
    assertThat(only.readStates).hasSize(1);
  }
}
