package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiException;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RootMembersTest {
  private static final long SECOND = 1_000_000_000;
  private static final NodeId SELF = new NodeId(7);
  private static final NodeId OTHER = new NodeId(8);

  private final FakeRoot root = new FakeRoot();
  private NodeId leader = SELF;
  private boolean transferable = true;
  private final RootMembers members =
      new RootMembers(
          root, this::status, _ -> Future.succeededFuture(transferable), root, root);

  private GroupStatus status() {
    return new GroupStatus(
        1, leader, true, true, 1, 1, 1, 1, Membership.ofVoters(Set.of(SELF, OTHER)));
  }

  private static void assertRefused(Future<?> answer, ApiError error) {
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.status()).isEqualTo(error.status()));
  }

  @Test
  void membersAreReadLinearizably() {
    root.answers.add(
        new Cluster(1, List.of(new Member(SELF, "a", List.of("p"), List.of(), true))));
    var list = members.members(SECOND).result();
    assertThat(root.modes).containsExactly(ReadMode.LINEARIZABLE);
    assertThat(root.asked).hasOnlyElementsOfType(RootQuery.GetCluster.class);
    assertThat(list).hasSize(1);
    assertThat(list.getFirst().getIsLearner()).isTrue();
  }

  @Test
  void changesAreRefusedAndNothingIsProposed() {
    List<Future<?>> changes =
        List.of(
            members.add(List.of("p"), false, SECOND),
            members.remove(7, SECOND),
            members.update(7, List.of("p"), SECOND),
            members.promote(7, SECOND));
    assertThat(changes).allSatisfy(change -> assertRefused(change, ApiError.UNHEALTHY));
    assertThat(root.proposed).isEmpty();
  }

  @Test
  void leadershipHasMovedWhenTheAnswerComes() {
    var moved = members.moveLeader(8, SECOND);
    assertThat(moved.isComplete()).isFalse();
    leader = OTHER;
    root.run();
    assertThat(moved.succeeded()).isTrue();
  }

  @Test
  void leadershipThatDoesNotMoveTimesOut() {
    var moved = members.moveLeader(8, SECOND);
    root.run();
    assertRefused(moved, ApiError.TIMEOUT_LEADER_TRANSFER);
    assertThat(root.nanoTime()).isBetween(SECOND, SECOND + SECOND / 10);
  }

  @Test
  void leadershipMovesToVotersOnly() {
    transferable = false;
    assertRefused(members.moveLeader(9, SECOND), ApiError.BAD_LEADER_TRANSFEREE);
  }
}
