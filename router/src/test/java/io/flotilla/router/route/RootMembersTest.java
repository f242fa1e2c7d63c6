package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberAnswer;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RootMembersTest {
  private static final long SECOND = 1_000_000_000;
  private static final NodeId SELF = new NodeId(7);
  private static final NodeId OTHER = new NodeId(8);

  private final FakeRoot root = new FakeRoot();
  private NodeId leader = SELF;
  private boolean transferable = true;
  private final List<MemberRequest> asked = new ArrayList<>();
  private Future<MemberAnswer> answer = Future.failedFuture("no change expected");
  private final RootMembers members =
      new RootMembers(
          root,
          (request, _) -> {
            asked.add(request);
            return answer;
          },
          new RootMembers.Replica(this::status, _ -> Future.succeededFuture(transferable)),
          root,
          root);

  private GroupStatus status() {
    return new GroupStatus(
        1, leader, leader.equals(SELF), true, 1, 1, 1, 1, Membership.ofVoters(Set.of(SELF, OTHER)));
  }

  private static void assertRefused(Future<?> answer, ApiError error) {
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.status()).isEqualTo(error.status()));
  }

  @Test
  void membersAreReadLinearizably() {
    root.answers.add(new Cluster(1, List.of(new Member(SELF, "a", List.of("p"), List.of(), true))));
    var list = members.members(SECOND).result();
    assertThat(root.modes).containsExactly(ReadMode.LINEARIZABLE);
    assertThat(root.asked).hasOnlyElementsOfType(RootQuery.GetCluster.class);
    assertThat(list).hasSize(1);
    assertThat(list.getFirst().getIsLearner()).isTrue();
  }

  @Test
  void changesAnswerWithTheMembersAfterThem() {
    var added = Member.added(OTHER, List.of("http://b:1"), true);
    answer = Future.succeededFuture(new MemberAnswer.Changed(OTHER, List.of(added)));
    var request = new MemberRequest.Add(List.of("http://b:1"), true);
    var changed = members.change(request, SECOND).result();
    assertThat(asked).containsExactly(request);
    assertThat(changed.member()).isEqualTo(OTHER.value());
    assertThat(changed.members()).hasSize(1);
    assertThat(changed.members().getFirst().getIsLearner()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INVALID_URLS | etcdserver: given member URLs are invalid",
        "NOT_ENOUGH_STARTED"
            + " | etcdserver: re-configuration failed due to not enough started members",
        "NOT_FOUND | etcdserver: member not found",
        "PEER_URL_EXISTS | etcdserver: Peer URLs already exists",
        "TOO_MANY_LEARNERS | etcdserver: too many learner members in cluster",
        "NOT_A_LEARNER | etcdserver: can only promote a learner member",
        "ID_EXISTS | etcdserver: member ID already exist",
        "UNHEALTHY | etcdserver: unhealthy cluster",
        "NOT_IN_SYNC"
            + " | etcdserver: can only promote a learner member which is in sync with leader",
      })
  void faultsAreToldInEtcdsWords(MemberFault fault, String text) {
    answer = Future.succeededFuture(new MemberAnswer.Refused(fault));
    Future<?> refused = members.change(new MemberRequest.Promote(OTHER), SECOND);
    assertThat(refused.cause())
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.status().message()).isEqualTo(text));
  }

  @Test
  void lostLeadershipIsNoFaultOfTheTarget() {
    transferable = false;
    leader = OTHER;
    assertRefused(members.moveLeader(8, SECOND), ApiError.NOT_LEADER);
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
