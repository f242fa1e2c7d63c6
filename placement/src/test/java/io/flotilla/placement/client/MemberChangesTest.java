package io.flotilla.placement.client;

import static io.flotilla.placement.testing.TestCluster.urls;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberAnswer;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.placement.testing.TestCluster;
import io.flotilla.placement.testing.TestNode;
import io.flotilla.raft.host.GroupStatus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Contract 2.10 on replicas that talk to each other.
class MemberChangesTest {
  private final TestCluster cluster = new TestCluster(3);
  private final List<Future<?>> writes = new ArrayList<>();

  @AfterEach
  void nothingHalted() {
    cluster.assertNothingHalted();
  }

  private Future<MemberAnswer> ask(TestNode node, MemberRequest request) {
    return node.members.change(request, cluster.deadline());
  }

  private MemberAnswer.Changed changed(TestNode node, MemberRequest request) {
    MemberAnswer answer = cluster.done(ask(node, request));
    assertThat(answer).isInstanceOf(MemberAnswer.Changed.class);
    return (MemberAnswer.Changed) answer;
  }

  private MemberFault fault(TestNode node, MemberRequest request) {
    MemberAnswer answer = cluster.done(ask(node, request));
    assertThat(answer).isInstanceOf(MemberAnswer.Refused.class);
    return ((MemberAnswer.Refused) answer).fault();
  }

  private static List<NodeId> ids(TestNode node) {
    return node.machine.members().list().stream().map(Member::id).toList();
  }

  private void write(TestNode leader) {
    writes.add(new TestClient(leader.door, cluster.deadline()).put("key" + writes.size(), 0));
  }

  // ------------------------------------------------------------------- growing

  @Test
  void learnerBecomesAVoterWhileWritesGoOn() {
    TestNode leader = cluster.leader();
    var add = new MemberRequest.Add(urls(3), true);
    MemberAnswer.Changed added = changed(cluster.follower(), add);
    assertThat(added.members()).hasSize(4);
    var promote = new MemberRequest.Promote(added.member());
    for (int i = 0; i < 100; i++) {
      write(leader);
      cluster.loop.advance(1);
    }
    assertThat(fault(cluster.follower(), promote)).isEqualTo(MemberFault.NOT_IN_SYNC);

    TestNode fourth = cluster.join(added.member());
    for (int i = 0; i < 500; i++) {
      write(leader);
      cluster.loop.advance(1);
    }
    assertThat(fourth.group.status().membership().isLearner(fourth.id)).isTrue();
    Future<MemberAnswer> promoted = ask(cluster.follower(), promote);
    for (int i = 0; i < 100; i++) {
      write(leader);
      cluster.loop.advance(1);
    }
    assertThat(promoted.result()).isInstanceOf(MemberAnswer.Changed.class);
    cluster.publish(fourth);
    cluster.loop.advance(500);
    assertThat(writes).allMatch(Future::succeeded);
    assertThat(cluster.nodes)
        .allSatisfy(
            node -> {
              GroupStatus status = node.group.status();
              assertThat(status.membership().voters()).hasSize(4);
              assertThat(node.machine.members().find(fourth.id).learner()).isFalse();
              assertThat(node.machine.revision()).isEqualTo(leader.machine.revision());
            });
  }

  /// The one asked at has applied the change when it answers.
  @Test
  void changeIsKnownWhereItWasAskedFor() {
    TestNode follower = cluster.follower();
    MemberAnswer.Changed added = changed(follower, new MemberRequest.Add(urls(3), false));
    assertThat(ids(follower)).contains(added.member());
    assertThat(follower.machine.members().find(added.member()).started()).isFalse();
  }

  @Test
  void changesWaitForOneAnother() {
    var first = ask(cluster.leader(), new MemberRequest.Add(urls(3), true));
    var second = ask(cluster.follower(), new MemberRequest.Add(urls(4), true));
    var third = ask(cluster.leader(), new MemberRequest.Add(urls(3), false));
    assertThat(cluster.done(first)).isInstanceOf(MemberAnswer.Changed.class);
    assertThat(cluster.done(second))
        .isEqualTo(new MemberAnswer.Refused(MemberFault.TOO_MANY_LEARNERS));
    // the same addresses in the same second are the same member
    assertThat(cluster.done(third)).isEqualTo(new MemberAnswer.Refused(MemberFault.ID_EXISTS));
  }

  @Test
  void memberThatDidNotStartStopsFurtherGrowth() {
    changed(cluster.leader(), new MemberRequest.Add(urls(3), false));
    cluster.loop.advance(1_000);
    var another = new MemberRequest.Add(urls(4), false);
    assertThat(cluster.done(ask(cluster.leader(), another)))
        .as("three of five are started and connected")
        .isInstanceOf(MemberAnswer.Changed.class);
    assertThat(fault(cluster.leader(), new MemberRequest.Add(urls(5), false)))
        .isEqualTo(MemberFault.NOT_ENOUGH_STARTED);
  }

  // ------------------------------------------------------------------- shrinking

  @Test
  void removedFollowerIsToldAndNeverComesBack() {
    TestNode follower = cluster.follower();
    changed(cluster.leader(), new MemberRequest.Remove(follower.id));
    assertThat(ids(cluster.leader())).doesNotContain(follower.id).hasSize(2);
    cluster.loop.advance(4_000);
    assertThat(follower.removed).isTrue();
    assertThat(follower.machine.members().wasRemoved(follower.id)).isTrue();
    assertThat(fault(cluster.leader(), new MemberRequest.Remove(follower.id)))
        .isEqualTo(MemberFault.NOT_FOUND);
  }

  @Test
  void memberThatWasJustRemovedIsNotAddedWithinTheSameSecond() {
    MemberAnswer.Changed added = changed(cluster.leader(), new MemberRequest.Add(urls(3), true));
    changed(cluster.leader(), new MemberRequest.Remove(added.member()));
    var again = new MemberRequest.Add(urls(3), true);
    assertThat(fault(cluster.leader(), again)).isEqualTo(MemberFault.NOT_FOUND);
    cluster.loop.advance(1_000);
    assertThat(changed(cluster.leader(), again).member()).isNotEqualTo(added.member());
  }

  @Test
  void removedLeaderAnswersAndHandsOver() {
    TestNode first = cluster.leader();
    TestNode follower = cluster.follower();
    MemberAnswer.Changed answer = changed(follower, new MemberRequest.Remove(first.id));
    assertThat(answer.members()).hasSize(2);
    assertThat(ids(follower)).doesNotContain(first.id);
    cluster.loop.advance(100);
    TestNode second = cluster.leader();
    assertThat(second).isNotSameAs(first);
    cluster.done(new TestClient(second.door, cluster.deadline()).put("a", 0));
    assertThat(first.removed).isFalse();
    cluster.loop.advance(4_000);
    assertThat(first.removed).isTrue();
  }

  @Test
  void downMemberMayGoAndHealthyOneMustStay() {
    TestNode down = cluster.follower();
    TestNode leader = cluster.leader();
    cluster.kill(down);
    TestNode healthy =
        cluster.nodes.stream().filter(node -> node != down && node != leader).findFirst().get();
    assertThat(fault(leader, new MemberRequest.Remove(healthy.id)))
        .isEqualTo(MemberFault.UNHEALTHY);
    assertThat(fault(healthy, new MemberRequest.Add(urls(3), false)))
        .isEqualTo(MemberFault.UNHEALTHY);
    assertThat(changed(healthy, new MemberRequest.Remove(down.id)).members()).hasSize(2);
  }

  // ------------------------------------------------------------------- the rest

  @Test
  void addressesMoveEverywhere() {
    TestNode follower = cluster.follower();
    changed(follower, new MemberRequest.Update(follower.id, urls(7)));
    cluster.loop.advance(200);
    assertThat(cluster.nodes)
        .allSatisfy(
            node ->
                assertThat(node.machine.members().find(follower.id).peerUrls()).isEqualTo(urls(7)));
    assertThat(fault(follower, new MemberRequest.Update(cluster.leader().id, urls(7))))
        .isEqualTo(MemberFault.PEER_URL_EXISTS);
    assertThat(fault(follower, new MemberRequest.Update(new NodeId(5), urls(8))))
        .isEqualTo(MemberFault.NOT_FOUND);
  }

  @Test
  void whatIsWrongAnywayIsSaidWithoutALeader() {
    TestNode last = cluster.follower();
    cluster.nodes.stream().filter(node -> node != last).forEach(cluster::kill);
    cluster.loop.advance(3_000);
    Future<MemberAnswer> add = ask(last, new MemberRequest.Add(urls(3), false));
    cluster.loop.advance(10);
    assertThat(add.result()).isEqualTo(new MemberAnswer.Refused(MemberFault.UNHEALTHY));
    Future<MemberAnswer> update = ask(last, new MemberRequest.Update(last.id, urls(3)));
    cluster.loop.advance(6_900);
    assertThat(update.isComplete()).as("it might be done yet").isFalse();
    cluster.loop.advance(200);
    assertThat(TestClient.refusal(update)).isEqualTo(new Rejection.TimedOut());
  }

  @Test
  void changeOutlivesALeaderChange() {
    TestNode first = cluster.leader();
    TestNode follower = cluster.follower();
    cluster.kill(first);
    Future<MemberAnswer> update = ask(follower, new MemberRequest.Update(follower.id, urls(7)));
    assertThat(cluster.done(update)).isInstanceOf(MemberAnswer.Changed.class);
    assertThat(follower.machine.members().find(follower.id).peerUrls()).isEqualTo(urls(7));
  }

  @Test
  void fiveVotersElectAtOnceAndOnceWhenTheirLeaderDies() {
    var five = new TestCluster(5);
    long term = five.leader().group.status().term();
    for (int lost = 1; lost <= 2; lost++) {
      five.kill(five.leader());
      five.loop.advance(100);
      assertThat(five.nodes.stream().filter(TestNode::leads)).hasSize(1);
      assertThat(five.leader().group.status().term()).isEqualTo(term + lost);
      five.loop.advance(3_000);
    }
    five.assertNothingHalted();
  }

  // ------------------------------------------------------------------- hashes

  @Test
  void replicasTellEqualHashesOfOneRevision() {
    TestNode leader = cluster.leader();
    for (int i = 0; i < 10; i++) {
      write(leader);
      cluster.loop.advance(5);
    }
    cluster.loop.advance(500);
    long revision = leader.machine.revision();
    var own = cluster.done(leader.hashes.hashOf(leader.id, 0, cluster.deadline()));
    assertThat(own.revision()).isEqualTo(revision);
    for (TestNode node : cluster.nodes) {
      var hash = cluster.done(leader.hashes.hashOf(node.id, revision, cluster.deadline()));
      assertThat(hash).isEqualTo(own);
    }
    var later = leader.hashes.hashOf(cluster.follower().id, revision + 1, cluster.deadline());
    cluster.loop.advance(10);
    assertThat(TestClient.refusal(later)).isEqualTo(new Rejection.FutureRevision(revision));
  }
}
