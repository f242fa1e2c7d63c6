package io.flotilla.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.MemberChange;
import io.flotilla.raft.core.MemberChange.Step;
import io.flotilla.raft.core.MemberProgress;
import io.flotilla.raft.core.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GroupMembersTest {
  private static final NodeId ONE = new NodeId(1);
  private static final NodeId TWO = new NodeId(2);
  private static final NodeId THREE = new NodeId(3);

  @Test
  void aNewVoterLearnsUntilItHasCaughtUp() {
    Membership want = voters(ONE, TWO);
    assertThat(next(voters(ONE), want, at(ONE, 100))).contains(new Step.AddLearner(TWO));
    Membership learning = MemberChange.plan(voters(ONE), List.of(new Step.AddLearner(TWO)));
    assertThat(next(learning, want, at(ONE, 100), at(TWO, 89))).isEmpty();
    var silent = new MemberProgress(TWO, 100, false);
    assertThat(next(learning, want, at(ONE, 100), silent)).isEmpty();
    assertThat(next(learning, want, at(ONE, 100), at(TWO, 90))).contains(new Step.AddVoter(TWO));
  }

  /// It is a member of the cluster still: its vote counts until there is another one.
  @Test
  void whoeverMovesIsLetGoWhenTheOthersVote() {
    Membership cluster = voters(ONE, TWO, THREE);
    Membership have = MemberChange.plan(voters(ONE, TWO), List.of(new Step.AddLearner(THREE)));
    Membership want = voters(ONE, THREE);
    assertThat(GroupMembers.next(have, want, cluster, List.of(at(ONE, 5)))).isEmpty();
    List<MemberProgress> there = List.of(at(ONE, 5), at(TWO, 5), at(THREE, 5));
    assertThat(GroupMembers.next(have, want, cluster, there)).contains(new Step.AddVoter(THREE));
    Membership all = voters(ONE, TWO, THREE);
    assertThat(GroupMembers.next(all, want, cluster, there)).contains(new Step.Remove(TWO));
  }

  @Test
  void aLearnerThatNobodyWantsIsLetGoAtOnce() {
    Membership cluster = voters(ONE, TWO, THREE);
    Membership have = MemberChange.plan(voters(ONE), List.of(new Step.AddLearner(THREE)));
    assertThat(GroupMembers.next(have, voters(ONE, TWO), cluster, List.of(at(ONE, 5))))
        .as("after the one that is wanted")
        .contains(new Step.AddLearner(TWO));
    assertThat(GroupMembers.next(have, voters(ONE), cluster, List.of(at(ONE, 5))))
        .contains(new Step.Remove(THREE));
  }

  @Test
  void whoeverLeftIsLetGoAfterOthersWereLetIn() {
    assertThat(next(voters(ONE, TWO), voters(ONE, THREE), at(ONE, 5)))
        .contains(new Step.AddLearner(THREE));
    Membership learning = MemberChange.plan(voters(ONE, TWO), List.of(new Step.AddLearner(THREE)));
    assertThat(next(learning, voters(ONE, THREE), at(ONE, 5))).contains(new Step.Remove(TWO));
  }

  /// `-Dseed=` repeats the choices.
  @Test
  void everyWayEndsWhereItIsWanted() {
    long seed = Long.getLong("seed", new Random().nextInt());
    var random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      Membership have = any(random);
      Membership want = any(random);
      int steps = 0;
      Optional<Step> step = next(have, want, inSync(have));
      while (step.isPresent()) {
        have = MemberChange.plan(have, List.of(step.get()));
        assertThat(have.isJoint()).as("seed %s", seed).isFalse();
        assertThat(++steps).as("seed %s", seed).isLessThan(20);
        step = next(have, want, inSync(have));
      }
      assertThat(have).as("seed %s", seed).isEqualTo(want);
    }
  }

  /// Groups that move between members of the cluster: at any place there are as many votes as at
  /// the less of the two ends. `-Dseed=` repeats the choices.
  @Test
  void noQuorumIsSmallerOnTheWay() {
    long seed = Long.getLong("seed", new Random().nextInt());
    var random = new Random(seed);
    Membership cluster = voters(ONE, TWO, THREE, new NodeId(4), new NodeId(5), new NodeId(6));
    for (int round = 0; round < 500; round++) {
      Membership have = voters(any(random).voters().toArray(NodeId[]::new));
      Membership want = voters(any(random).voters().toArray(NodeId[]::new));
      int least = Math.min(have.voters().size(), want.voters().size());
      Optional<Step> step = GroupMembers.next(have, want, cluster, List.of(inSync(have)));
      while (step.isPresent()) {
        have = MemberChange.plan(have, List.of(step.get()));
        assertThat(have.voters().size()).as("seed %s", seed).isGreaterThanOrEqualTo(least);
        step = GroupMembers.next(have, want, cluster, List.of(inSync(have)));
      }
      assertThat(have).as("seed %s", seed).isEqualTo(want);
    }
  }

  private static Membership any(Random random) {
    var voters = new TreeSet<NodeId>();
    var learners = new TreeSet<NodeId>();
    voters.add(new NodeId(1 + random.nextInt(6)));
    for (int id = 1; id <= 6; id++) {
      var node = new NodeId(id);
      if (random.nextInt(3) == 0) {
        voters.add(node);
      } else if (random.nextInt(3) == 0 && !voters.contains(node)) {
        learners.add(node);
      }
    }
    return new Membership(voters, Set.of(), learners, Set.of());
  }

  private static MemberProgress[] inSync(Membership members) {
    List<MemberProgress> all = new ArrayList<>();
    members.members().forEach(node -> all.add(at(node, 7)));
    return all.toArray(MemberProgress[]::new);
  }

  private static Optional<Step> next(Membership have, Membership want, MemberProgress... progress) {
    return GroupMembers.next(have, want, want, List.of(progress));
  }

  private static MemberProgress at(NodeId node, long match) {
    return new MemberProgress(node, match, true);
  }

  private static Membership voters(NodeId... nodes) {
    return Membership.ofVoters(Set.of(nodes));
  }
}
