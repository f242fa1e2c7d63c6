package io.flotilla.placement.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.NodeId;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.core.Membership;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MembersTest {
  private static final NodeId A = new NodeId(1);
  private static final NodeId B = new NodeId(2);
  private static final NodeId C = new NodeId(-1);
  private static final long CLUSTER = 77;

  private final MapStateTree tree = new MapStateTree();
  private final Members members = Members.restore(tree);

  @Test
  void membersAreListedByUnsignedId() {
    found(A, C, B);
    assertThat(ids(members)).containsExactly(A, B, C);
    assertThat(members.clusterId()).isEqualTo(CLUSTER);
  }

  @Test
  void clusterIsFoundedOnce() {
    found(A);
    assertThatThrownBy(() -> found(B)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void startedMemberTellsNameAndClientUrls() {
    found(A);
    assertThat(members.find(A)).isNotNull().returns(false, Member::started);
    assertThat(members.publish(attributes(A, "a"))).isTrue();
    assertThat(members.publish(attributes(B, "b"))).isFalse();
    var a = members.find(A);
    assertThat(a).isNotNull().returns("a", Member::name).returns(true, Member::started);
    assertThat(a).returns(List.of("http://client/a"), Member::clientUrls);
    assertThat(a).returns(List.of("http://peer/1"), Member::peerUrls);
  }

  @Test
  void addedLearnerBecomesVoterAndKeepsItsAttributes() {
    found(A);
    var withLearner = new Membership(Set.of(A), Set.of(), Set.of(B), Set.of());
    members.follow(voters(A), withLearner, all(A, B));
    assertThat(members.find(B)).isNotNull().returns(true, Member::learner);
    members.publish(attributes(B, "b"));
    members.follow(withLearner, voters(A, B), all(A, B));
    assertThat(members.find(B))
        .isNotNull()
        .returns(false, Member::learner)
        .returns("b", Member::name);
  }

  @Test
  void removedMemberIsNeverAdmittedAgain() {
    found(A, B);
    members.follow(voters(A, B), voters(A), all(A));
    assertThat(ids(members)).containsExactly(A);
    assertThat(members.wasRemoved(B)).isTrue();
    members.follow(voters(A), voters(A), all(A, B));
    assertThat(ids(members)).containsExactly(A);
  }

  @Test
  void changeWithoutAListFollowsTheGroup() {
    found(A, B);
    members.follow(voters(A, B), voters(A, C), null);
    assertThat(ids(members)).containsExactly(A, C);
    assertThat(members.wasRemoved(B)).isTrue();
  }

  /// A node that replays the log from its beginning was never told the first members.
  @Test
  void newNodeLearnsAllMembersFromAChange() {
    members.follow(Membership.none(), voters(A, B), all(A, B));
    assertThat(ids(members)).containsExactly(A, B);
    assertThat(members.clusterId()).isEqualTo(CLUSTER);
    assertThat(members.find(A)).isNotNull().returns(List.of("http://peer/1"), Member::peerUrls);
  }

  @Test
  void peerUrlsOfAMemberCanChange() {
    found(A);
    var moved = new Member(A, "ignored", List.of("http://new"), List.of("ignored"), false);
    members.publish(attributes(A, "a"));
    members.follow(voters(A), voters(A), MemberCodec.encode(CLUSTER, List.of(moved)));
    assertThat(members.find(A))
        .isNotNull()
        .returns(List.of("http://new"), Member::peerUrls)
        .returns("a", Member::name);
  }

  @Test
  void memberOfTheClusterNeedNotBeInTheRootGroup() {
    found(A, B);
    members.follow(voters(A, B), voters(A), all(A, B));
    assertThat(ids(members)).containsExactly(A, B);
  }

  @Test
  void changeOfAnotherClusterStopsTheNode() {
    found(A);
    var other = MemberCodec.encode(CLUSTER + 1, List.of(member(A)));
    assertThatThrownBy(() -> members.follow(voters(A), voters(A), other))
        .isInstanceOf(InvariantViolation.class);
  }

  @Test
  void everythingSurvivesARestart() {
    found(A, B, C);
    members.publish(attributes(A, "a"));
    members.follow(voters(A, B, C), voters(A, C), all(A, C));
    var restarted = Members.restore(tree);
    assertThat(restarted.list()).isEqualTo(members.list());
    assertThat(restarted.clusterId()).isEqualTo(CLUSTER);
    assertThat(restarted.wasRemoved(B)).isTrue();
    assertThat(restarted.wasRemoved(A)).isFalse();
  }

  @Test
  void memberWithoutAnIdIsRefused() {
    assertThatThrownBy(() -> member(NodeId.NONE)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MemberCodec.decodeAll(new byte[] {1, 2, 3}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// The first half names who stays in the cluster: B and C leave the group, only C the cluster.
  @Test
  void nobodyLeavesBetweenTheHalvesOfAChange() {
    found(A, B, C);
    var joint = new Membership(Set.of(A), Set.of(A, B, C), Set.of(), Set.of());
    members.follow(voters(A, B, C), joint, all(A, B));
    assertThat(ids(members)).as("those who go still vote").containsExactly(A, B, C);
    members.move(B, List.of("http://moved/2"));
    Members restarted = Members.restore(tree);
    for (Members each : List.of(members, restarted)) {
      each.follow(joint, voters(A), null);
      assertThat(ids(each)).containsExactly(A, B);
      assertThat(each.wasRemoved(C)).isTrue();
      assertThat(each.find(B)).isNotNull().returns(List.of("http://moved/2"), Member::peerUrls);
    }
    members.follow(voters(A), voters(A, B), null);
    members.follow(voters(A, B), voters(A), null);
    assertThat(members.wasRemoved(B)).as("the change is over").isTrue();
  }

  private void found(NodeId... ids) {
    members.bootstrap(CLUSTER, java.util.Arrays.stream(ids).map(MembersTest::member).toList());
  }

  private static Member member(NodeId id) {
    return Member.added(id, List.of("http://peer/" + id), false);
  }

  private static MemberAttributes attributes(NodeId id, String name) {
    return MemberAttributes.newBuilder()
        .setMemberId(id.value())
        .setName(name)
        .addClientUrls("http://client/" + name)
        .build();
  }

  private static Membership voters(NodeId... ids) {
    return Membership.ofVoters(List.of(ids));
  }

  private static io.flotilla.proto.command.Membership all(NodeId... ids) {
    var list = java.util.Arrays.stream(ids).map(MembersTest::member).toList();
    return MemberCodec.encode(CLUSTER, list);
  }

  private static List<NodeId> ids(Members members) {
    return members.list().stream().map(Member::id).toList();
  }
}
