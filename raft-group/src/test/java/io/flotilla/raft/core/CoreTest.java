package io.flotilla.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.Message.AppendEntries;
import io.flotilla.raft.core.Message.Heartbeat;
import io.flotilla.raft.core.Message.PreVoteReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What the core does beyond the paper, and its bounds.
class CoreTest {
  private static final byte[] NOTHING = {};

  private static Set<NodeId> ids(long... values) {
    var ids = new TreeSet<NodeId>();
    for (long value : values) {
      ids.add(new NodeId(value));
    }
    return ids;
  }

  // ------------------------------------------------------------------- membership

  @Test
  void membershipsSurviveEncoding() {
    var joint = new Membership(ids(1, 2), ids(2, 3, -1), ids(7), ids(3));
    assertThat(Membership.decode(joint.encode())).isEqualTo(joint);
    var entry = new MembershipEntry(joint, new byte[] {1, 2, 3});
    assertThat(MembershipEntry.decode(entry.encode())).isEqualTo(entry);
    assertThat(Membership.decode(Membership.none().encode())).isEqualTo(Membership.none());
  }

  @Test
  void damagedMembershipIsRefused() {
    byte[] bytes = Membership.ofVoters(ids(1, 2)).encode();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> Membership.decode(cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void oneVoterChangesAtOnceAndMoreThroughAJointMembership() {
    var three = Membership.ofVoters(ids(1, 2, 3));
    var add = new MemberChange.Step.AddVoter(new NodeId(4));
    var demote = new MemberChange.Step.AddLearner(new NodeId(1));
    assertThat(MemberChange.plan(three, List.of(add)))
        .isEqualTo(Membership.ofVoters(ids(1, 2, 3, 4)));
    Membership joint = MemberChange.plan(three, List.of(add, demote));
    assertThat(joint).isEqualTo(new Membership(ids(2, 3, 4), ids(1, 2, 3), ids(), ids(1)));
    assertThat(MemberChange.leave(joint))
        .isEqualTo(new Membership(ids(2, 3, 4), ids(), ids(1), ids()));
  }

  @Test
  void impossibleChangesAreRefused() {
    var one = Membership.ofVoters(ids(1));
    var remove = new MemberChange.Step.Remove(new NodeId(1));
    assertThatThrownBy(() -> MemberChange.plan(one, List.of(remove)))
        .hasMessageContaining("at least one voter");
    assertThatThrownBy(() -> MemberChange.plan(one, List.of(remove, remove)))
        .hasMessageContaining("once");
  }

  @Test
  void majoritiesOfAllSizes() {
    long[] matches = {9, 7, 5, 3, 1};
    for (int size = 1; size <= 5; size++) {
      var voters = new TreeSet<NodeId>();
      for (int i = 0; i < size; i++) {
        voters.add(new NodeId(i + 1));
      }
      long reached = Quorum.majorityReached(voters, id -> matches[(int) id.value() - 1]);
      assertThat(reached).as("%d voters", size).isEqualTo(matches[size / 2]);
    }
  }

  // ------------------------------------------------------------------- restart

  @Test
  void stateAheadOfItsLogReplacesIt() {
    var applied = new SnapshotMark(new EntryId(3, 8), Membership.ofVoters(ids(1)));
    var entry = new Entry(2, 1, EntryKind.EMPTY, NOTHING);
    var hard = new HardState(3, new NodeId(1), 20);
    var restored = new Restored(hard, applied, EntryId.ZERO, List.of(entry));
    assertThat(restored.replacesLog()).isTrue();
    var core = new RaftCore(new NodeId(1), SimGroup.CONFIG, restored, new SplittableRandom(1));
    assertThat(core.status().last()).isEqualTo(new EntryId(3, 8));
    assertThat(core.status().committed()).isEqualTo(8);
  }

  @Test
  void entriesOfALaterTermThanTheSavedOneRaiseItWithoutAVote() {
    var entry = new Entry(5, 1, EntryKind.EMPTY, NOTHING);
    var applied = new SnapshotMark(EntryId.ZERO, Membership.ofVoters(ids(1, 2, 3)));
    var hard = new HardState(4, new NodeId(2), 0);
    var restored = new Restored(hard, applied, EntryId.ZERO, List.of(entry));
    var core = new RaftCore(new NodeId(1), SimGroup.CONFIG, restored, new SplittableRandom(1));
    assertThat(core.status().term()).isEqualTo(5);
    assertThat(core.takeReady().hardState()).contains(new HardState(5, NodeId.NONE, 0));
  }

  @Test
  void replicaLearnsFromARefusalThatItIsTheOnlyVoterLeft() {
    var both = Membership.ofVoters(ids(1, 2));
    byte[] alone = MembershipEntry.of(Membership.ofVoters(ids(1))).encode();
    var change = new Entry(1, 1, EntryKind.MEMBERSHIP, alone);
    var restored =
        new Restored(
            new HardState(1, NodeId.NONE, 0),
            new SnapshotMark(EntryId.ZERO, both),
            EntryId.ZERO,
            List.of(change));
    var core = new RaftCore(new NodeId(1), SimGroup.CONFIG, restored, new SplittableRandom(1));
    core.campaign();
    core.step(new PreVoteReply(new NodeId(2), 1, 2, false, change.id()));
    Ready ready = core.takeReady();
    assertThat(ready.committed()).containsExactly(change);
    assertThat(ready.hardState()).as("who takes part is not forgotten").isPresent();
    core.persisted();
    core.applied(1);
    core.campaign();
    core.takeReady();
    core.persisted();
    assertThat(core.status().role()).isEqualTo(Role.LEADER);
  }

  // ------------------------------------------------------------------- bounds

  @Test
  void uncommittedBytesAreBounded() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.isolate(1);
    byte[] large = new byte[1000];
    int accepted = 0;
    while (group.replica(1).propose(large) instanceof ProposeResult.Appended) {
      accepted++;
    }
    assertThat(accepted).isEqualTo(3);
    assertThat(group.replica(1).propose(large))
        .isEqualTo(new ProposeResult.Refused(new Rejection.TooManyRequests()));
    group.heal();
    group.tickAll(6);
    assertThat(group.replica(1).propose(large)).isInstanceOf(ProposeResult.Appended.class);
  }

  @Test
  void messagesInFlightAreBounded() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.lost = envelope -> envelope.message() instanceof Message.AppendAccepted;
    group.delivered.clear();
    for (int i = 0; i < 9; i++) {
      group.propose(1, "some payload of some size " + i);
    }
    long toOne =
        group.delivered.stream()
            .filter(envelope -> envelope.to().equals(new NodeId(2)))
            .filter(envelope -> envelope.message() instanceof AppendEntries)
            .count();
    assertThat(toOne).isEqualTo(SimGroup.BOUNDS.inflightMessages());
    group.heal();
    group.tickAll(6);
    assertThat(group.status(2).applied()).isEqualTo(group.status(1).last().index());
  }

  @Test
  void oldEntriesAreForgottenDownToABound() {
    var group = SimGroup.of(1);
    group.elect(1);
    for (int i = 0; i < 10; i++) {
      group.propose(1, "0123456789");
    }
    group.replica(1).core.retainAtMost(100);
    assertThat(group.status(1).logBytes()).isBetween(1L, 100L);
    group.replica(1).core.retainAtMost(0);
    assertThat(group.status(1).logBytes()).isZero();
    assertThat(group.propose(1, "x")).isInstanceOf(ProposeResult.Appended.class);
  }

  // ------------------------------------------------------------------- quiet, lease

  @Test
  void idleGroupGoesQuietAndWakesOnAProposal() {
    var config = new RaftConfig(10, 2, 20, false, SimGroup.BOUNDS);
    var group = SimGroup.of(3, 3, config);
    group.elect(1);
    group.tickAll(60);
    assertThat(group.replicas.values()).allMatch(replica -> replica.status().quiet());
    group.delivered.clear();
    group.tickAll(100);
    assertThat(group.delivered).isEmpty();
    assertThat(group.status(1).role()).isEqualTo(Role.LEADER);

    group.propose(1, "x");
    assertThat(group.status(3).applied()).isEqualTo(group.status(1).applied());
    assertThat(group.replicas.values()).noneMatch(replica -> replica.status().quiet());
  }

  @Test
  void quietGroupReplacesADeadLeaderOnceItIsWoken() {
    var config = new RaftConfig(10, 2, 20, false, SimGroup.BOUNDS);
    var group = SimGroup.of(3, 3, config);
    group.elect(1);
    group.tickAll(60);
    group.replica(1).crash(new SplittableRandom(1));
    group.replica(2).core.wake();
    group.replica(3).core.wake();
    group.tickAll(80);
    assertThat(group.replica(2).leads() || group.replica(3).leads()).isTrue();
  }

  @Test
  void leaseServesReadsWithoutARoundUntilItRunsOut() {
    var config = new RaftConfig(10, 2, 0, true, SimGroup.BOUNDS);
    var group = SimGroup.of(3, 3, config);
    group.tickAll(11);
    while (!group.replicas.values().stream().anyMatch(SimReplica::leads)) {
      group.tickAll(1);
    }
    SimReplica leader =
        group.replicas.values().stream().filter(SimReplica::leads).findFirst().orElseThrow();
    group.tickAll(4);
    leader.readStates.clear();
    group.delivered.clear();
    leader.read();
    group.drive(leader);
    assertThat(leader.readStates).hasSize(1);
    assertThat(group.network).noneMatch(p -> p.envelope().message() instanceof Heartbeat);

    leader.core.catchUp(1_000);
    leader.read();
    group.drive(leader);
    assertThat(leader.readStates).as("a leader that was paused has no lease").hasSize(1);
    group.settle();
    assertThat(leader.readStates).hasSize(2);
  }

  // ------------------------------------------------------------------- lost connections

  /// Every replica but the leader is told that the connection to it broke; returns who stands.
  private static List<SimReplica> loseTheLeader(SimGroup group, int... told) {
    var seeking = new ArrayList<SimReplica>();
    for (int id : told) {
      if (group.replica(id).core.peerLost(new NodeId(1))) {
        seeking.add(group.replica(id));
      }
    }
    return seeking;
  }

  @Test
  void leaderWhoseConnectionsBrokeIsReplacedWithoutWaiting() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.replica(1).crash(new SplittableRandom(1));
    assertThat(loseTheLeader(group, 2, 3)).hasSize(2);
    group.replica(2).core.seekLeader();
    group.settle();
    assertThat(group.replica(2).leads()).isTrue();
    group.replica(3).core.seekLeader();
    group.settle();
    assertThat(group.replica(2).leads()).as("who voted does not stand any more").isTrue();
  }

  @Test
  void oneBrokenConnectionDeposesNobody() {
    var group = SimGroup.of(3);
    group.elect(1);
    long term = group.status(1).term();
    group.cut(1, 3);
    loseTheLeader(group, 3);
    group.replica(3).core.seekLeader();
    group.settle();
    group.tickAll(25);
    assertThat(group.replica(1).leads()).isTrue();
    group.heal();
    group.tickAll(5);
    assertThat(group.status(3).leader()).isEqualTo(new NodeId(1));
    assertThat(group.status(1).term()).isEqualTo(term);
  }

  @Test
  void leaderThatSpeaksAgainIsKept() {
    var group = SimGroup.of(3);
    group.elect(1);
    loseTheLeader(group, 2, 3);
    group.tickAll(2); // a heartbeat
    group.replica(2).core.seekLeader();
    group.settle();
    assertThat(group.status(2).role()).isEqualTo(Role.FOLLOWER);
    assertThat(group.replica(1).leads()).isTrue();
  }

  @Test
  void promiseOfALeaseOutlivesTheConnection() {
    var config = new RaftConfig(10, 2, 0, true, SimGroup.BOUNDS);
    var group = SimGroup.of(3, 3, config);
    group.tickAll(11); // what may be owed from before the start
    group.elect(1);
    group.isolate(1);
    assertThat(loseTheLeader(group, 2, 3)).isEmpty();
    group.replica(2).core.campaign();
    group.settle();
    assertThat(group.status(2).role()).as("refused").isEqualTo(Role.PRE_CANDIDATE);
    for (int tick = 1; tick < 10; tick++) {
      group.replica(3).core.tick();
      group.settle();
      assertThat(group.status(3).leader()).isEqualTo(new NodeId(1));
    }
    group.replica(3).core.tick();
    group.replica(3).core.tick();
    group.replica(3).core.tick();
    group.settle();
    assertThat(group.replica(3).leads()).as("and not for longer").isTrue();
  }

  @Test
  void handOverToALostNodeIsGivenUp() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.isolate(2);
    group.replica(1).core.transferTo(new NodeId(2));
    group.settle();
    assertThat(group.propose(1, "x")).isInstanceOf(ProposeResult.Refused.class);
    group.replica(1).core.peerLost(new NodeId(2));
    assertThat(group.replica(1).core.transferTarget()).isEqualTo(NodeId.NONE);
    assertThat(group.propose(1, "x")).isInstanceOf(ProposeResult.Appended.class);
    assertThat(group.replica(1).core.progress())
        .filteredOn(MemberProgress::active)
        .extracting(MemberProgress::id)
        .doesNotContain(new NodeId(2));
  }

  // ------------------------------------------------------------------- leaving

  @Test
  void leaderThatLeavesTheGroupHasASuccessorAtOnce() {
    var group = SimGroup.of(3);
    group.elect(1);
    group.lost = envelope -> envelope.to().equals(new NodeId(2));
    group.propose(1, "only 3 has this");
    group.lost = _ -> false;
    var remove = new MemberChange.Step.Remove(new NodeId(1));
    group.replica(1).core.changeMembers(List.of(remove), NOTHING);
    group.settle();
    assertThat(group.status(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(group.replica(2).leads() || group.replica(3).leads()).isTrue();
    assertThat(group.status(2).membership()).isEqualTo(Membership.ofVoters(ids(2, 3)));
  }

  @Test
  void memberThatIsRemovedLearnsOfIt() {
    var group = SimGroup.of(3);
    group.elect(1);
    var remove = new MemberChange.Step.Remove(new NodeId(3));
    group.replica(1).core.changeMembers(List.of(remove), NOTHING);
    group.settle();
    assertThat(group.status(3).membership()).isEqualTo(Membership.ofVoters(ids(1, 2)));
    assertThat(group.replica(1).core.progress())
        .extracting(MemberProgress::id)
        .containsExactly(new NodeId(1), new NodeId(2));
  }
}
