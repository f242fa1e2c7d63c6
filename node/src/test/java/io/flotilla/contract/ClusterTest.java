package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.Member;
import io.flotilla.proto.etcd.MemberAddRequest;
import io.flotilla.proto.etcd.MemberAddResponse;
import io.flotilla.proto.etcd.MemberListRequest;
import io.flotilla.proto.etcd.MemberPromoteRequest;
import io.flotilla.proto.etcd.MemberRemoveRequest;
import io.flotilla.proto.etcd.MemberUpdateRequest;
import io.flotilla.proto.etcd.MoveLeaderRequest;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// 2.10 and the leader rows of 2.11; assertions 6, 65 and 66.
class ClusterTest extends ContractTest {
  private static final long UNKNOWN_MEMBER = 0x1234;

  // 2.10 MemberList.
  @Test
  void everyMemberIsListed() {
    var members = etcd.members();
    assertThat(members.getMembersCount()).isEqualTo(server.size());
    var member = member(members.getHeader().getMemberId());
    assertThat(member.getName()).isNotEmpty();
    assertThat(member.getPeerURLsCount()).isEqualTo(1);
    assertThat(member.getClientURLsList()).contains("http://" + server.endpoint());
    assertThat(member.getIsLearner()).isFalse();
    assertThat(members.getMembersList())
        .extracting(Member::getID)
        .contains(etcd.status().getLeader())
        .isSortedAccordingTo(Long::compareUnsigned);
    var local = etcd.call(Rpc.MEMBER_LIST, MemberListRequest.getDefaultInstance());
    assertThat(local.getMembersList()).isEqualTo(members.getMembersList());
  }

  private Member member(long id) {
    return etcd.members().getMembersList().stream()
        .filter(member -> member.getID() == id)
        .findFirst()
        .orElseThrow();
  }

  // Assertion 66.
  @Test
  void theOnlyMemberCannotBeRemoved() {
    assumeOneMember("one of several may be removed");
    long self = etcd.status().getLeader();
    assertRefused(
        Code.UNKNOWN,
        "etcdserver: re-configuration failed due to not enough started members",
        () -> etcd.call(Rpc.MEMBER_REMOVE, MemberRemoveRequest.newBuilder().setID(self).build()));
    assertThat(etcd.members().getMembersCount()).isEqualTo(1);
  }

  // 2.10 unknown ids.
  @Test
  void unknownMembersAreNotFound() {
    var text = "etcdserver: member not found";
    assertRefused(
        Code.NOT_FOUND,
        text,
        () ->
            etcd.call(
                Rpc.MEMBER_UPDATE,
                MemberUpdateRequest.newBuilder()
                    .setID(UNKNOWN_MEMBER)
                    .addPeerURLs("http://127.0.0.1:1")
                    .build()));
    assertRefused(
        Code.NOT_FOUND,
        text,
        () ->
            etcd.call(
                Rpc.MEMBER_PROMOTE,
                MemberPromoteRequest.newBuilder().setID(UNKNOWN_MEMBER).build()));
  }

  // 2.10 MemberPromote of a voter.
  @Test
  void aVoterCannotBePromoted() {
    long self = etcd.status().getLeader();
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: can only promote a learner member",
        () -> etcd.call(Rpc.MEMBER_PROMOTE, MemberPromoteRequest.newBuilder().setID(self).build()));
  }

  // 2.10 MemberAdd URLs.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "127.0.0.1:1",
        "ftp://127.0.0.1:1",
        "http://127.0.0.1",
        "http://127.0.0.1:1/path"
      })
  void badPeerUrlsAreRefused(String url) {
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: given member URLs are invalid",
        () -> etcd.call(Rpc.MEMBER_ADD, MemberAddRequest.newBuilder().addPeerURLs(url).build()));
    assertThat(etcd.members().getMembersCount()).isEqualTo(server.size());
  }

  // 2.10 MemberAdd without URLs.
  @Test
  void aMemberNeedsPeerUrls() {
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: given member URLs are invalid",
        () -> etcd.call(Rpc.MEMBER_ADD, MemberAddRequest.getDefaultInstance()));
  }

  // 2.10 MemberAdd of a URL in use.
  @Test
  void aPeerUrlIsUsedOnce() {
    var url = etcd.members().getMembers(0).getPeerURLs(0);
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: Peer URLs already exists",
        () ->
            etcd.call(
                Rpc.MEMBER_ADD,
                MemberAddRequest.newBuilder().addPeerURLs(url).setIsLearner(true).build()));
  }

  // 2.10 MemberUpdate and assertion 6: the new URL is stored, the answer has no revision.
  @OwnServer
  @Test
  void aMembersPeerUrlCanChange() {
    long self = etcd.status().getHeader().getMemberId();
    var old = member(self);
    var changed = old.toBuilder().setPeerURLs(0, "http://127.0.0.1:1").build();
    var response =
        etcd.call(
            Rpc.MEMBER_UPDATE,
            MemberUpdateRequest.newBuilder().setID(self).addPeerURLs("http://127.0.0.1:1").build());
    assertThat(response.getMembersList()).hasSize(server.size()).contains(changed);
    assertThat(response.getHeader().getRevision()).isZero();
    assertThat(response.getHeader().getRaftTerm()).isPositive();
    assertThat(etcd.members().getMembersList()).isEqualTo(response.getMembersList());
  }

  // 2.10 MemberAdd reply, learner limit and MemberRemove of a learner; assertion 6. A learner has
  // no vote, so the voters go on.
  @OwnServer
  @Test
  void aLearnerIsAddedAndRemoved() {
    var added = addLearner();
    var learner = added.getMember();
    assertThat(learner.getIsLearner()).isTrue();
    assertThat(learner.getName()).isEmpty();
    assertThat(learner.getClientURLsList()).isEmpty();
    assertThat(learner.getPeerURLsList()).containsExactly("http://127.0.0.1:1");
    assertThat(added.getMembersCount()).isEqualTo(server.size() + 1);
    assertThat(added.getMembersList()).contains(learner);
    assertThat(added.getHeader().getRevision()).isZero();
    assertThat(added.getHeader().getMemberId()).isNotZero();
    var listed = etcd.members().getMembersList();
    assertThat(listed)
        .isEqualTo(added.getMembersList())
        .isSortedAccordingTo((a, b) -> Long.compareUnsigned(a.getID(), b.getID()));
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: too many learner members in cluster",
        () ->
            etcd.call(
                Rpc.MEMBER_ADD,
                MemberAddRequest.newBuilder()
                    .addPeerURLs("http://127.0.0.1:2")
                    .setIsLearner(true)
                    .build()));
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: can only promote a learner member which is in sync with leader",
        () ->
            etcd.call(
                Rpc.MEMBER_PROMOTE,
                MemberPromoteRequest.newBuilder().setID(learner.getID()).build()));
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: bad leader transferee",
        () ->
            server
                .leader()
                .call(
                    Rpc.MOVE_LEADER,
                    MoveLeaderRequest.newBuilder().setTargetID(learner.getID()).build()));
    etcd.put(key("a"), "1");
    var removed =
        etcd.call(
            Rpc.MEMBER_REMOVE, MemberRemoveRequest.newBuilder().setID(learner.getID()).build());
    assertThat(removed.getMembersCount()).isEqualTo(server.size());
    assertThat(removed.getHeader().getRevision()).isZero();
    assertRefused(
        Code.NOT_FOUND,
        "etcdserver: member not found",
        () ->
            etcd.call(
                Rpc.MEMBER_REMOVE,
                MemberRemoveRequest.newBuilder().setID(learner.getID()).build()));
  }

  /// Members that have known each other for a short time only refuse (etcd behaviour): a while.
  private MemberAddResponse addLearner() {
    var learner =
        MemberAddRequest.newBuilder().addPeerURLs("http://127.0.0.1:1").setIsLearner(true).build();
    for (int attempt = 0; attempt < 20; attempt++) {
      try {
        return etcd.call(Rpc.MEMBER_ADD, learner);
      } catch (StatusRuntimeException refused) {
        assertThat(refused).hasMessageContaining("etcdserver: unhealthy cluster");
        LockSupport.parkNanos(500_000_000);
      }
    }
    throw new AssertionError("the cluster does not become healthy");
  }

  // Assertion 65.
  @Test
  void leadershipMovesToMembersOnly() {
    var leader = server.leader();
    long self = leader.status().getLeader();
    leader.call(Rpc.MOVE_LEADER, MoveLeaderRequest.newBuilder().setTargetID(self).build());
    for (long other : new long[] {UNKNOWN_MEMBER, 0}) {
      assertRefused(
          Code.FAILED_PRECONDITION,
          "etcdserver: bad leader transferee",
          () ->
              leader.call(
                  Rpc.MOVE_LEADER, MoveLeaderRequest.newBuilder().setTargetID(other).build()));
    }
    assertThat(leader.status().getLeader()).isEqualTo(self);
  }

  // 2.11 MoveLeader at a member that does not lead.
  @Test
  void aFollowerDoesNotMoveLeadership() {
    Assumptions.assumeTrue(server.size() > 1, "the only member leads");
    long self = etcd.status().getHeader().getMemberId();
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: not leader",
        () -> etcd.call(Rpc.MOVE_LEADER, MoveLeaderRequest.newBuilder().setTargetID(self).build()));
  }
}
