package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.GroupStatus;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RootViewTest {
  private static final NodeId SELF = new NodeId(7);
  private static final NodeId OTHER = new NodeId(8);

  private RootFacts facts = facts(new Cluster(0, List.of()));
  private GroupStatus status = status(NodeId.NONE, Membership.ofVoters(Set.of(SELF)));
  private StoreSizes shards = StoreSizes.NONE;
  private final RootView view = new RootView(SELF, () -> status, () -> facts, () -> shards, 100);

  private static RootFacts facts(Cluster cluster) {
    return new RootFacts(
        5, 40, 30, List.of(AlarmMember.getDefaultInstance()), cluster, ShardMap.initial());
  }

  private static GroupStatus status(NodeId leader, Membership membership) {
    return new GroupStatus(3, leader, false, false, 12, 11, 10, 12, membership);
  }

  private static Member member(NodeId id, String name) {
    return new Member(id, name, List.of("http://p"), List.of("http://c"), false);
  }

  @Test
  void whatTheReplicaKnowsIsShown() {
    assertThat(view.memberId()).isEqualTo(7);
    assertThat(view.raftTerm()).isEqualTo(3);
    assertThat(view.lastIndex()).isEqualTo(12);
    assertThat(view.appliedIndex()).isEqualTo(10);
    assertThat(view.revision()).isEqualTo(5);
    assertThat(view.dbSizeBytes()).isEqualTo(40);
    assertThat(view.dbSizeInUseBytes()).isEqualTo(30);
    assertThat(view.quotaBytes()).isEqualTo(100);
    assertThat(view.alarms()).hasSize(1);
  }

  @Test
  void sizesAreThoseOfAllGroups() {
    long root = view.dbSizeBytes();
    long rootUsed = view.dbSizeInUseBytes();
    shards = new StoreSizes(7, 3).plus(new StoreSizes(5, 5));
    assertThat(view.dbSizeBytes()).isEqualTo(root + 12);
    assertThat(view.dbSizeInUseBytes()).isEqualTo(rootUsed + 8);
  }

  @Test
  void theApiIsUsableOnceTheClusterIsKnown() {
    assertThat(view.isCapable()).isFalse();
    facts = facts(new Cluster(9, List.of()));
    assertThat(view.isCapable()).isTrue();
    assertThat(view.clusterId()).isEqualTo(9);
  }

  @Test
  void leaderAndVoteFollowTheStatus() {
    assertThat(view.hasLeader()).isFalse();
    assertThat(view.isLearner()).isFalse();
    status = status(OTHER, new Membership(Set.of(OTHER), Set.of(), Set.of(SELF), Set.of()));
    assertThat(view.leaderId()).isEqualTo(8);
    assertThat(view.isLearner()).isTrue();
  }

  @Test
  void membersAreTranslatedOncePerMembership() {
    facts = facts(new Cluster(9, List.of(member(SELF, "a"))));
    var first = view.members();
    assertThat(first).hasSize(1);
    assertThat(first.getFirst().getID()).isEqualTo(7);
    assertThat(first.getFirst().getName()).isEqualTo("a");
    assertThat(first.getFirst().getPeerURLsList()).containsExactly("http://p");
    assertThat(first.getFirst().getClientURLsList()).containsExactly("http://c");
    assertThat(view.members()).isSameAs(first);
    facts = facts(new Cluster(9, List.of(member(SELF, "a"), member(OTHER, "b"))));
    assertThat(view.members()).hasSize(2);
  }
}
